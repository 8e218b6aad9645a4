import threading
import time
import zlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from apps.fleet import beats, drain, sessions, shards
from apps.fleet.hold import ShardHold
from apps.fleet.models import Device, DeviceState, Liveness, Shard
from apps.fleet.shardkeys import ShardKey
from apps.jobs import queue
from apps.kernel.valkey import valkey
from tests.support import factories
from tests.unit.fleet.support import EchoPoller, eventually

KEY = ShardKey("echo", 0)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What would have gone to the broker."""
    messages: list[tuple[Any, ...]] = []

    def send(task: str, *arguments: Any, queue: str, expires: float | None = None) -> bool:
        messages.append((task, *arguments, queue))
        return True

    monkeypatch.setattr(queue, "send", send)
    return messages


@pytest.fixture
def polled(transactional_db: None, poller: EchoPoller) -> Device:
    """A device in shard 0 of the echo poller."""
    device = factories.device(driver="echo", shard=0)
    DeviceState.objects.create(device=device)
    return device


class Polling:
    """One shard task in a thread, as a pool's child runs it."""

    def __init__(self, key: ShardKey, poller: EchoPoller, **options: Any) -> None:
        self.hold: ShardHold | None = None
        self.result: bool | None = None
        self.error: BaseException | None = None

        async def serve() -> bool:
            self.hold = ShardHold(key, "task", **{"beat_seconds": 0.05, **options})
            return await self.hold.serve(poller)

        def work() -> None:
            try:
                self.result = sessions.run(serve())
            except BaseException as error:  # handed to the test
                self.error = error

        self.thread = threading.Thread(target=work)
        self.thread.start()

    def stop(self) -> None:
        if self.hold is not None:
            sessions.loop().call_soon_threadsafe(self.hold.stop.set)
        self.thread.join(10)


@pytest.fixture
def polling(poller: EchoPoller) -> Any:
    made: list[Polling] = []

    def start(key: ShardKey, **options: Any) -> Polling:
        made.append(Polling(key, poller, **options))
        return made[-1]

    yield start
    for one in made:
        one.stop()
    sessions.stop()


Start = Callable[..., Polling]


def is_polled(device: Device) -> bool:
    return DeviceState.objects.get(device=device).liveness == Liveness.OK


# -- dividing


def test_a_device_s_shard_is_always_the_same_and_there_is_one(allow: Any) -> None:
    allow(poller_shards=4)
    ids = [UUID(int=number << 64) for number in range(200)]
    numbers = [shards.shard_of(one) for one in ids]
    assert numbers == [shards.shard_of(UUID(str(one))) for one in ids]
    assert set(numbers) == {0, 1, 2, 3}
    assert shards.shard_of(UUID(int=0)) == zlib.crc32(bytes(16)) % 4


def test_shards_without_devices_are_not_wanted(polled: Device) -> None:
    assert shards.wanted() == [KEY]
    Device.system.update(status="decommissioned")
    assert shards.wanted() == []


def test_fewer_shards_leave_no_device_behind(polled: Device, allow: Any) -> None:
    Device.system.update(shard=7)
    assert shards.reassign() == 1
    polled.refresh_from_db(from_queryset=Device.system.all())
    assert polled.shard == shards.shard_of(polled.id)


# -- supervising


def test_a_free_shard_gets_a_task_with_the_next_epoch(
    polled: Device, sent: list[tuple[Any, ...]]
) -> None:
    assert shards.supervise() == [ShardKey("echo", 0, 1)]
    assert sent == [("fleet.poll_shard", "echo", 0, 1, "pollers")]
    assert Shard.objects.get().epoch == 1


def test_a_shard_just_dispatched_is_not_dispatched_again(
    polled: Device, sent: list[tuple[Any, ...]]
) -> None:
    shards.supervise()
    shards.supervise()
    assert len(sent) == 1
    valkey().delete(KEY.dispatched)
    shards.supervise()
    assert [message[3] for message in sent] == [1, 2]


def test_a_held_shard_is_left_alone(
    polled: Device, sent: list[tuple[Any, ...]], polling: Start
) -> None:
    polling(shards.epoch_next(KEY))
    eventually(lambda: is_polled(polled))
    assert shards.supervise() == []
    assert sent == []


def test_a_stopped_shard_is_left_alone_until_resumed(
    polled: Device, sent: list[tuple[Any, ...]]
) -> None:
    shards.stop(KEY)
    assert shards.supervise() == []
    shards.resume(KEY)
    assert len(shards.supervise()) == 1


# -- holding


def test_a_poller_reads_its_devices_and_writes_their_state(polled: Device, polling: Start) -> None:
    key = shards.epoch_next(KEY)
    polling(key)
    eventually(lambda: is_polled(polled))
    state = DeviceState.objects.get(device=polled)
    assert (state.summary, state.epoch) == ({"polled": True}, key.epoch)
    assert valkey().get(key.lease) == b"1:task"


def test_of_two_tasks_one_polls(polled: Device, polling: Start) -> None:
    key = shards.epoch_next(KEY)
    first = polling(key)
    eventually(lambda: is_polled(polled))
    second = polling(key)
    second.thread.join(10)
    assert second.result is False
    assert first.thread.is_alive()


def test_a_stale_task_is_dropped(polled: Device, poller: EchoPoller) -> None:
    old = shards.epoch_next(KEY)
    shards.epoch_next(KEY)
    assert shards.poll(old, "late") is False
    assert shards.poll(ShardKey("echo", 5, 1), "never") is False
    assert poller.epochs == []
    assert not valkey().exists(KEY.lease)


def test_a_stopped_poller_gives_its_lease_up(polled: Device, polling: Start) -> None:
    one = polling(shards.epoch_next(KEY))
    eventually(lambda: is_polled(polled))
    one.stop()
    assert one.result is True
    assert not valkey().exists(KEY.lease)
    assert beats.read(KEY) == []


def test_a_lost_lease_means_stop_at_once(polled: Device, polling: Start) -> None:
    one = polling(shards.epoch_next(KEY))
    eventually(lambda: is_polled(polled))
    valkey().set(KEY.lease, "2:other")
    one.thread.join(5)
    assert one.result is True
    assert valkey().get(KEY.lease) == b"2:other"


def test_an_expired_lease_is_not_taken_back(polled: Device, polling: Start) -> None:
    one = polling(shards.epoch_next(KEY))
    eventually(lambda: is_polled(polled))
    valkey().delete(KEY.lease)
    one.thread.join(5)
    assert one.result is True
    assert not valkey().exists(KEY.lease)


def test_renewing_keeps_a_short_lease(polled: Device, polling: Start) -> None:
    one = polling(shards.epoch_next(KEY), lease_ms=400)
    eventually(lambda: is_polled(polled))
    first = DeviceState.objects.get(device=polled).seen_at
    assert first is not None

    def much_later() -> bool:
        seen = DeviceState.objects.get(device=polled).seen_at
        return seen is not None and (seen - first).total_seconds() > 1.0

    eventually(much_later)
    assert one.thread.is_alive()


def test_a_slow_database_does_not_cost_the_lease(polled: Device, polling: Start) -> None:
    one = polling(shards.epoch_next(KEY), lease_ms=600)
    eventually(lambda: is_polled(polled))
    assert one.hold is not None
    sessions.run(one.hold.database(time.sleep, 1.5))
    assert one.hold.held()
    assert valkey().get(KEY.lease) == b"1:task"


def test_a_hold_that_was_not_renewed_says_so_itself(polled: Device, polling: Start) -> None:
    """What a thawed process sees before it asks anybody."""
    one = polling(shards.epoch_next(KEY), lease_ms=200, beat_seconds=60)
    eventually(lambda: one.hold is not None and one.hold._valid_until > 0)
    assert one.hold is not None
    eventually(lambda: one.hold is not None and not one.hold.held())
    one.thread.join(5)
    assert one.result is True


def test_the_stop_flag_ends_a_running_poller(polled: Device, polling: Start) -> None:
    one = polling(shards.epoch_next(KEY))
    eventually(lambda: is_polled(polled))
    shards.stop(KEY)
    one.thread.join(5)
    assert one.result is True


def test_a_going_worker_ends_its_pollers(polled: Device, polling: Start) -> None:
    one = polling(shards.epoch_next(KEY))
    eventually(lambda: is_polled(polled))
    drain.begin(sender="worker", sig="SIGTERM")
    try:
        one.thread.join(5)
        assert one.result is True
        assert not valkey().exists(KEY.lease)
    finally:
        drain.DRAIN.clear()


def test_a_poller_that_does_not_stop_is_cancelled(
    polled: Device, polling: Start, poller: EchoPoller
) -> None:
    poller.stubborn = True
    one = polling(shards.epoch_next(KEY))
    eventually(lambda: is_polled(polled))
    one.stop()
    assert one.result is True
    assert poller.cancelled


def test_a_poller_that_fails_gives_its_lease_up(
    polled: Device, poller: EchoPoller, polling: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(shard: ShardHold) -> None:
        raise KeyError("a mistake")

    monkeypatch.setattr(poller, "run", fail)
    one = polling(shards.epoch_next(KEY))
    one.thread.join(5)
    assert isinstance(one.error, KeyError)
    assert not valkey().exists(KEY.lease)


def test_valkey_forgetting_everything_stops_the_poller_and_frees_the_shard(
    polled: Device, polling: Start, sent: list[tuple[Any, ...]]
) -> None:
    one = polling(shards.epoch_next(KEY))
    eventually(lambda: is_polled(polled))
    valkey().flushdb()
    one.thread.join(5)
    assert one.result is True
    assert shards.supervise() == [ShardKey("echo", 0, 2)]


def test_the_successor_s_epoch_fences_off_the_one_before(polled: Device, polling: Start) -> None:
    old = polling(shards.epoch_next(KEY))
    eventually(lambda: is_polled(polled))
    newer = shards.epoch_next(KEY)
    DeviceState.objects.update(summary={}, epoch=newer.epoch)
    valkey().delete(KEY.lease)
    old.thread.join(5)
    assert DeviceState.objects.get().epoch == newer.epoch
    assert DeviceState.objects.get().summary == {}


def test_holders_tell_the_age_of_the_last_heartbeat(polled: Device, polling: Start) -> None:
    assert list(shards.holders()) == [(KEY, None)]
    polling(shards.epoch_next(KEY))
    eventually(lambda: is_polled(polled))
    ((_, age),) = shards.holders()
    assert age is not None
    assert age < 5
