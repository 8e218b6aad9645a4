"""The plane about itself."""

from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY

from apps.accounts.models import Tenant
from apps.kernel.actor import anonymous_actor
from apps.operations import health
from apps.operations.builtin import system
from apps.operations.health import Finding, Health, HealthCheck
from tests.support import factories
from tests.support.verbs import World


def broken() -> Finding:
    raise RuntimeError("password=hunter2")


CHECKS = (
    HealthCheck("fine", lambda: Finding(Health.OK, data={"seconds": 1})),
    HealthCheck("slow", lambda: Finding(Health.DEGRADED, "Slow.")),
)


@pytest.fixture(autouse=True)
def _own_checks() -> Iterator[None]:
    before = list(health._checks)
    health.install(CHECKS)
    yield
    health.install(before)


def test_ping_answers(world: World, tenant: Tenant) -> None:
    output = world.call("echo", {}, factories.actor_of("viewer", tenant)).output
    assert output is not None
    assert output["pong"] is True


def test_health_is_as_bad_as_its_worst_part(world: World, db: None) -> None:
    answer = world.call("system.health", {}, anonymous_actor()).output
    assert answer is not None
    assert answer["status"] == "degraded"
    assert answer["uptime"] >= 0
    assert answer["timestamp"].endswith("Z")


def test_details_are_for_those_who_may_see_them(world: World, tenant: Tenant) -> None:
    hidden = world.call("system.health", {"detail": True}, anonymous_actor()).output
    shown = world.call(
        "system.health", {"detail": True}, factories.actor_of("viewer", tenant)
    ).output
    assert hidden is not None
    assert shown is not None
    assert hidden["checks"] is None
    assert shown["checks"]["fine"] == {"status": "ok", "detail": "", "seconds": 1}


def test_check_that_breaks_is_an_error_without_its_words() -> None:
    health.install((HealthCheck("odd", broken),))
    found = health.examine()["odd"]
    assert found.status is Health.ERROR
    assert "hunter2" not in found.detail
    assert health.worst([]) is Health.OK


def test_metrics_can_be_asked_for_by_name(world: World, tenant: Tenant) -> None:
    viewer = factories.actor_of("viewer", tenant)
    world.call("system.ping", {}, viewer)
    some = world.call("system.metrics", {"names": ["operation_calls"]}, viewer).output
    every = world.call("system.metrics", {}, viewer).output
    assert some is not None
    assert every is not None
    assert set(some["samples"]) < set(every["samples"])
    assert any('operation="system.ping"' in name for name in some["samples"])


def test_metrics_of_all_processes_where_they_are_collected(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    assert system.registry() is not REGISTRY
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR")
    monkeypatch.delenv("prometheus_multiproc_dir", raising=False)
    assert system.registry() is REGISTRY
