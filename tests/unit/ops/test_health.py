"""The plane's checks: thresholds, what they show, and that they notice."""

import asyncio
import time
from typing import Any

import psutil
import pytest
from celery import current_app
from hypothesis import given
from hypothesis import strategies as st

from apps.events.models import Outbox
from apps.kernel.valkey import valkey
from apps.operations.health import Finding, Health
from apps.ops import health, process
from apps.ops.process import LoopWatch
from apps.ops.tasks import KNOWN, tell_changes


@given(st.floats(0, 100))
def test_grades_follow_the_thresholds(value: float) -> None:
    grade = health.graded(value, 85, 95)
    assert (grade is Health.ERROR) == (value >= 95)
    assert (grade is Health.OK) == (value < 85)


@pytest.mark.django_db
def test_every_check_is_well_here() -> None:
    found = {check.name: check.run() for check in health.HEALTH_CHECKS}
    assert list(found) == ["database", "cache", "broker", "disk", "memory", "process"]
    assert {name for name in ("database", "cache", "broker") if found[name].status != "ok"} == set()
    assert found["database"].data["connections"] >= 1
    assert found["process"].data["cpu_percent"] >= 0
    assert found["memory"].data["process_bytes"] > 10_000_000


@pytest.mark.parametrize(("percent", "status"), [(84.9, "ok"), (85.0, "degraded"), (95.0, "error")])
def test_a_full_disk_is_noticed(
    percent: float, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = psutil.disk_usage("/")._replace(percent=percent)
    monkeypatch.setattr(psutil, "disk_usage", lambda _: usage)
    found = health.disk()
    assert found.status == status
    assert bool(found.detail) == (status != "ok")


def test_a_state_directory_to_come_is_looked_for_above(settings: Any, tmp_path: Any) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"state_dir": tmp_path / "a" / "b"})
    assert health.existing_state_dir() == tmp_path


def test_messages_nobody_takes_are_noticed() -> None:
    with current_app.connection_for_write() as link:
        link.default_channel.client.rpush("ticks", *["x"] * health.LONG_QUEUE)  # type: ignore[attr-defined]
        try:
            found = health.broker()
        finally:
            link.default_channel.client.delete("ticks")  # type: ignore[attr-defined]
    assert found.status is Health.DEGRADED
    assert "ticks" in found.detail
    assert found.data["waiting"]["ticks"] == health.LONG_QUEUE


def block(seconds: float) -> None:
    """Holds the loop up, as a mistake would."""
    time.sleep(seconds)


async def test_the_loops_lag_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    lags: list[float] = []
    measured = asyncio.Event()

    def note(lag: float) -> None:
        lags.append(lag)
        measured.set()

    monkeypatch.setattr(process.LAG, "set", note)
    watch = LoopWatch(seconds=0.01)
    await watch.start()
    await watch.start()
    await asyncio.sleep(0)
    block(0.2)
    await asyncio.wait_for(measured.wait(), 5)
    await watch.stop()
    assert 0.1 < lags[0] < 5
    assert process.usage().loop_lag == lags[-1]


@pytest.fixture
def forgotten() -> None:
    valkey().delete(KNOWN)


@pytest.mark.django_db
@pytest.mark.usefixtures("forgotten")
def test_only_a_change_is_an_event() -> None:
    well, ill = Finding(Health.OK), Finding(Health.ERROR, "It is full.")
    assert tell_changes({"disk": well, "database": well}) == []
    assert tell_changes({"disk": ill, "database": well}) == ["disk"]
    assert tell_changes({"disk": ill, "database": well}) == []
    assert tell_changes({"disk": well, "database": well}) == ["disk"]
    told = [(row.type, row.payload) for row in Outbox.objects.order_by("id")]
    assert told == [
        ("system.health.changed", {"check": "disk", "status": "error", "detail": "It is full."}),
        ("system.health.changed", {"check": "disk", "status": "ok", "detail": ""}),
    ]
