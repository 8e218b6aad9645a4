from datetime import UTC, datetime
from typing import Any

import pytest

from apps.fleet import shards, tasks
from apps.fleet.models import Device, DeviceState
from apps.fleet.shardkeys import ShardKey
from apps.jobs import queue
from apps.kernel import clock
from apps.kernel.clock import ManualClock
from tests.support import factories
from tests.unit.fleet.support import EchoPoller


@pytest.fixture
def device(db: None, poller: EchoPoller) -> Device:
    return factories.device(driver="echo", shard=1)


def test_a_tick_sends_what_is_free_and_lets_states_age(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[Any, ...]] = []

    def send(*message: Any, **options: Any) -> bool:
        sent.append((*message, options["queue"], options["expires"]))
        return True

    monkeypatch.setattr(queue, "send", send)
    manual = ManualClock(datetime(2026, 5, 4, 12, tzinfo=UTC))
    with clock.using(manual):
        DeviceState.objects.create(device=device, liveness="ok", seen_at=clock.now())
        manual.advance(31)
        tasks.supervise()
    assert sent == [("fleet.poll_shard", "echo", 1, 1, "pollers", 10.0)]
    assert DeviceState.objects.get().liveness == "stale"


def test_a_late_shard_task_does_nothing(device: Device, poller: EchoPoller) -> None:
    shards.epoch_next(ShardKey("echo", 1))
    shards.epoch_next(ShardKey("echo", 1))
    tasks.poll_shard("echo", 1, 1)
    assert poller.epochs == []


def test_a_shard_task_is_acknowledged_early_and_goes_to_its_own_queue(settings: Any) -> None:
    """Late, the broker would deliver the endless task a second time."""
    assert tasks.poll_shard.acks_late is False
    assert settings.CELERY_TASK_ROUTES[tasks.poll_shard.name] == {"queue": "pollers"}
