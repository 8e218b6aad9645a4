from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from apps.events.models import Outbox
from apps.fleet import shards
from apps.fleet.models import Device, DeviceState, DeviceStatus, Liveness, Target, TargetState
from apps.fleet.services import Reading, state_lost, state_write_many, states_age
from apps.fleet.shardkeys import ShardKey
from apps.kernel import clock
from apps.kernel.clock import ManualClock
from apps.kernel.ids import new_id
from tests.support import factories
from tests.support.engines import until

START = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def time() -> Iterator[ManualClock]:
    manual = ManualClock(START)
    with clock.using(manual):
        yield manual


@pytest.fixture
def device(db: None, time: ManualClock) -> Device:
    made = factories.device(name="Lobby", driver="echo")
    DeviceState.objects.create(device=made)
    return made


@pytest.fixture
def key(device: Device) -> ShardKey:
    return shards.epoch_next(ShardKey("echo", 0))


def read(key: ShardKey, device: Device, **fields: object) -> int:
    return state_write_many(key, [Reading(device.id, clock.now(), {"n": 1}, **fields)])  # type: ignore[arg-type]  # test shorthand


def state(device: Device) -> DeviceState:
    return DeviceState.objects.get(device=device)


def told(kind: str) -> int:
    return Outbox.objects.filter(type=f"fleet.device.{kind}").count()


def test_a_reading_is_kept(device: Device, key: ShardKey) -> None:
    assert read(key, device, poll_hz=33.0) == 1
    row = state(device)
    assert (row.liveness, row.summary, row.seen_at) == (Liveness.OK, {"n": 1}, START)
    assert (row.poll_hz, row.epoch) == (33.0, key.epoch)


def test_many_readings_are_written_with_few_queries(
    key: ShardKey, device: Device, django_assert_max_num_queries: object
) -> None:
    devices = [factories.device(device.tenant, driver="echo") for _ in range(30)]
    DeviceState.objects.bulk_create(DeviceState(device=one) for one in devices)
    readings = [Reading(one.id, clock.now()) for one in devices]
    with django_assert_max_num_queries(6):  # type: ignore[operator]  # the fixture is untyped
        assert state_write_many(key, readings) == 30


def test_a_poller_with_an_old_epoch_writes_nothing(device: Device, key: ShardKey) -> None:
    shards.epoch_next(key)
    assert read(key, device) == 0
    assert state_lost(key, {device.id: "gone"}) == 0
    assert state(device).liveness == Liveness.NEVER
    assert state(device).reason == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["read", "lost"])
def test_one_that_waited_while_its_successor_wrote_writes_nothing(
    device: Device, key: ShardKey, how: str
) -> None:
    """It is asked whether it is the newest once it has the row, not before it waits for it."""

    def late() -> int:
        try:
            return read(key, device) if how == "read" else state_lost(key, {device.id: "gone"})
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            DeviceState.objects.select_for_update().get(device=device)
            waiting = pool.submit(late)
            until(is_somebody_waiting, 10, lambda: f"the poller does not wait: {waiting}")
            newer = shards.epoch_next(key)
            DeviceState.objects.update(summary={"n": 2}, epoch=newer.epoch)
        assert waiting.result(10) == 0
    assert (state(device).summary, state(device).epoch) == ({"n": 2}, newer.epoch)
    assert state(device).reason == ""


def is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        # What pg_stat_activity tells stays the same within a transaction.
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() is not None


def test_an_older_reading_does_not_replace_a_newer_one(
    device: Device, key: ShardKey, time: ManualClock
) -> None:
    read(key, device)
    late = Reading(device.id, START - timedelta(seconds=1), {"n": "old"})
    assert state_write_many(key, [late]) == 0
    assert state(device).summary == {"n": 1}


def test_loss_and_return_are_told_once_each(
    device: Device, key: ShardKey, time: ManualClock
) -> None:
    read(key, device)
    assert state_lost(key, {device.id: "connection refused"}) == 1
    assert state_lost(key, {device.id: "connection refused"}) == 0
    assert (told("lost"), told("found")) == (1, 0)
    time.advance(12)
    read(key, device)
    read(key, device)
    assert (told("lost"), told("found")) == (1, 1)
    found = Outbox.objects.get(type="fleet.device.found")
    assert found.payload["silent_seconds"] == 12
    assert state(device).reason == ""
    lost = Outbox.objects.get(type="fleet.device.lost")
    assert lost.payload["reason"] == "connection refused"
    assert (lost.tenant_id, lost.site_path) == (device.tenant_id, device.site_path)


def test_a_device_never_seen_is_not_lost(device: Device, key: ShardKey) -> None:
    assert state_lost(key, {device.id: "connection refused"}) == 0
    assert (state(device).liveness, state(device).reason) == (Liveness.NEVER, "connection refused")
    read(key, device)
    assert (told("lost"), told("found")) == (0, 0)


def test_another_reason_of_a_lost_device_is_kept_and_not_told(
    device: Device, key: ShardKey
) -> None:
    read(key, device)
    state_lost(key, {device.id: "connection refused"})
    assert state_lost(key, {device.id: "ten tries failed"}) == 0
    assert (state(device).liveness, state(device).reason) == (Liveness.LOST, "ten tries failed")
    assert (told("lost"), told("found")) == (1, 0)


def test_states_grow_stale_and_then_lost(device: Device, key: ShardKey, time: ManualClock) -> None:
    read(key, device)
    time.advance(30)
    states_age()
    assert state(device).liveness == Liveness.OK
    time.advance(0.5)
    states_age()
    assert state(device).liveness == Liveness.STALE
    assert told("lost") == 0
    time.advance(60)
    assert states_age() == 1
    assert states_age() == 0
    assert state(device).liveness == Liveness.LOST
    assert told("lost") == 1


def test_a_stale_device_that_answers_is_simply_there_again(
    device: Device, key: ShardKey, time: ManualClock
) -> None:
    read(key, device)
    time.advance(31)
    states_age()
    read(key, device)
    assert state(device).liveness == Liveness.OK
    assert told("found") == 0


@pytest.mark.parametrize(
    ("stage", "shown"),
    [
        (TargetState.READY, Liveness.LOST),
        (TargetState.SENT, Liveness.REBOOTING),
        (TargetState.REBOOTING, Liveness.REBOOTING),
        (TargetState.RECONCILING, Liveness.REBOOTING),
        (TargetState.SUCCEEDED, Liveness.LOST),
    ],
)
def test_silence_of_a_device_in_a_job_is_a_reboot(
    device: Device, key: ShardKey, stage: TargetState, shown: Liveness
) -> None:
    read(key, device)
    Target.system.create(
        tenant_id=device.tenant_id, job_id=new_id(), device=device, operation="x.y.z", state=stage
    )
    state_lost(key, {device.id: "no answer"})
    assert state(device).liveness == shown
    assert told("lost") == (shown == Liveness.LOST)


def test_a_device_still_away_after_its_job_is_lost(
    device: Device, key: ShardKey, time: ManualClock
) -> None:
    read(key, device)
    target = Target.system.create(
        tenant_id=device.tenant_id,
        job_id=new_id(),
        device=device,
        operation="x.y.z",
        state=TargetState.REBOOTING,
    )
    state_lost(key, {device.id: "no answer"})
    time.advance(200)
    states_age()
    assert state(device).liveness == Liveness.REBOOTING
    Target.system.filter(id=target.id).update(state=TargetState.TIMED_OUT)
    assert states_age() == 1
    assert state(device).liveness == Liveness.LOST


def test_decommissioned_devices_do_not_age(
    device: Device, key: ShardKey, time: ManualClock
) -> None:
    read(key, device)
    Device.system.update(status=DeviceStatus.DECOMMISSIONED)
    time.advance(1_000)
    assert states_age() == 0
    assert state(device).liveness == Liveness.OK
