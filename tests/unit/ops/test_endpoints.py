"""`/health`, `/ready` and `/metrics` in front of Django."""

from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async

from apps.accounts.authenticate import forget_all
from apps.operations import health as checks
from apps.operations.health import Finding, Health, HealthCheck
from apps.ops import endpoint, ready
from apps.ops.ready import Readiness
from apps.ops.threads import Shared
from tests.support import factories
from tests.support.asgi import fetch

pytestmark = pytest.mark.django_db(transaction=True)

#: Names that dashboards hold on to and that this app makes.
OURS = (
    "process_memory_usage_bytes",
    "process_cpu_usage_percent",
    "event_loop_lag_seconds",
    "cache_hit_ratio",
    "mcp_cache_hits_total",
    "mcp_cache_misses_total",
    "mcp_rate_limit_hits_total",
    "mcp_rate_limit_remaining",
    "operation_calls_total",
    "operation_duration_seconds",
    "job_depth",
    "job_oldest_age_seconds",
    "job_open",
    "device_up",
    "device_stale",
    "audit_entries",
    "db_pool_connections",
    "db_pool_limit",
)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered from the test before."""
    forget_all()
    monkeypatch.setattr(endpoint, "_findings", Shared(checks.examine, keep_seconds=0))
    monkeypatch.setattr(endpoint, "_readiness", Shared(ready.look, keep_seconds=0))
    monkeypatch.setattr(endpoint, "_exposition", Shared(endpoint.exposition, keep_seconds=0))


@pytest.fixture
def installed() -> Iterator[None]:
    """Two checks, one of them ill."""
    before = list(checks._checks)
    ill = Finding(Health.DEGRADED, "It is nearly full.", {"used_percent": 88.0})
    checks.install(
        [HealthCheck("database", lambda: Finding(Health.OK)), HealthCheck("disk", lambda: ill)]
    )
    yield
    checks.install(before)


def key_of(role: str, **place: str) -> dict[str, str]:
    return {"x-api-key": factories.api_key(factories.user(role=role, **place))}


@pytest.mark.usefixtures("installed")
async def test_health_says_how_well_it_is_and_no_more() -> None:
    answer = await fetch(endpoint.health, "/health")
    assert answer.status == 200
    assert set(answer.json()) == {"status", "timestamp", "version", "uptime"}
    assert answer.json()["status"] == "degraded"


@pytest.mark.usefixtures("installed")
async def test_the_checks_need_a_right() -> None:
    nobody = await fetch(endpoint.health, "/health?detail=1")
    assert (nobody.status, nobody.json()["code"]) == (401, "unauthenticated")
    assert nobody.headers["www-authenticate"].startswith("Bearer")
    partial = await sync_to_async(key_of)("viewer", site_path="/plant/")
    refused = await fetch(endpoint.health, "/health?detail=1", headers=partial)
    assert (refused.status, refused.json()["code"]) == (403, "forbidden")
    assert "disk" not in refused.body.decode()
    viewer = await sync_to_async(key_of)("viewer")
    seen = await fetch(endpoint.health, "/health?detail=1", headers=viewer)
    assert seen.json()["checks"]["disk"] == {
        "status": "degraded",
        "detail": "It is nearly full.",
        "used_percent": 88.0,
    }


async def test_checks_that_hang_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck:
        async def get(self, timeout: float) -> None:
            raise TimeoutError

    monkeypatch.setattr(endpoint, "_findings", Stuck())
    answer = await fetch(endpoint.health, "/health")
    assert (answer.status, answer.json()["status"]) == (200, "error")


async def test_ready_when_all_is_there() -> None:
    answer = await fetch(endpoint.ready, "/ready")
    assert (answer.status, answer.json()["status"]) == (200, "ready")
    assert answer.json()["checks"] == {"database": "ok", "migrations": "ok", "valkey": "ok"}


@pytest.mark.parametrize(
    "found",
    [
        Readiness("PostgreSQL does not answer.", "unknown", "ok"),
        Readiness("ok", "Run 'manage.py migrate'.", "ok"),
        Readiness("ok", "ok", "Valkey does not answer."),
    ],
)
async def test_not_ready_says_what_is_missing(
    found: Readiness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "_readiness", Shared(lambda: found, keep_seconds=0))
    answer = await fetch(endpoint.ready, "/ready")
    assert (answer.status, answer.json()["status"]) == (503, "not_ready")
    assert answer.headers["retry-after"] == "2"


async def test_the_scrape_has_the_names_of_the_contract() -> None:
    await sync_to_async(factories.device)()
    text = (await fetch(endpoint.metrics, "/metrics")).body.decode()
    assert [name for name in OURS if f"# TYPE {name.removesuffix('_total')}" not in text] == []
    assert 'device_count{kind="core",liveness="never"} 1.0' in text


async def test_the_scrape_is_for_this_machine() -> None:
    assert (await fetch(endpoint.metrics, "/metrics")).status == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"client": ("10.0.0.7", 1)},
        {"headers": {"x-forwarded-for": "10.0.0.7"}},
        {"headers": {"forwarded": "for=10.0.0.7"}},
        {"headers": {"host": "rebound.example"}},
        {"client": None},
    ],
)
async def test_others_need_a_right_to_scrape(elsewhere: dict[str, object]) -> None:
    refused = await fetch(endpoint.metrics, "/metrics", **elsewhere)
    assert refused.status == 401
    assert b"job_depth" not in refused.body
    key = await sync_to_async(key_of)("viewer")
    headers = {**elsewhere.get("headers", {}), **key}  # type: ignore[dict-item]  # plain text
    allowed = await fetch(endpoint.metrics, "/metrics", **{**elsewhere, "headers": headers})
    assert allowed.status == 200


@pytest.mark.parametrize("name", ["health", "ready", "metrics"])
async def test_they_are_only_read(name: str) -> None:
    application = getattr(endpoint, name)
    refused = await fetch(application, f"/{name}", method="POST")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD")
    head = await fetch(application, f"/{name}", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) > 0
