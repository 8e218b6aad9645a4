from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import OperationalError

from apps.accounts.models import Tenant
from apps.events.models import Outbox
from apps.fleet import breaker
from apps.fleet.breaker import BreakerState
from apps.fleet.models import Device, DeviceState, Liveness
from apps.fleet.shardkeys import ShardKey
from apps.fleet.shards import epoch_next
from apps.kernel import clock
from apps.miners.models import Miner, MinerSample
from apps.miners.poller import poller, visit
from apps.miners.poller.harvest import store
from apps.miners.poller.visit import LOST_AFTER, reading
from apps.miners.selectors import series
from apps.miners.simulator import FIRMWARE, SimulatedMiner
from tests.support.miners import NEW_VERSION
from tests.support.minersite import MinerSite, entries_of, registered
from tests.unit.miners.poller.conftest import QUICK


def state(device: Device) -> DeviceState:
    return DeviceState.objects.get(device=device)


def samples(device: Device) -> int:
    return MinerSample.objects.filter(device_id=device.id).count()


def told(kind: str) -> list[dict[str, Any]]:
    return [row.payload for row in Outbox.objects.filter(type=kind).order_by("id")]


def test_state_identity_and_history_are_kept(
    miner: SimulatedMiner, tenant: Tenant, shard: Any, eventually: Any
) -> None:
    device = registered(tenant, miner, serial="")
    shard.poll()
    eventually(lambda: samples(device) >= 3)
    now = state(device)
    assert now.liveness == Liveness.OK
    assert (now.summary["status"], now.summary["firmware"]) == ("normal", FIRMWARE)
    assert 95 < now.summary["terahash"] < 110
    assert now.epoch == shard.key.epoch
    row = Device.system.get(id=device.id)
    assert (row.serial, row.firmware) == (miner.state.profile.serial, FIRMWARE)
    assert row.mac == miner.state.profile.mac
    known = Miner.system.get(device=device)
    assert (known.uid, known.status) == (miner.state.profile.uid, "normal")
    assert "braiins.bos.v1.UpgradeService/SystemUpgrade" in known.methods
    assert (known.power_least_watts, known.power_most_watts) == (1200, 3800)
    sample = MinerSample.objects.filter(device_id=device.id).latest("at")
    assert 95 < sample.terahash < 110
    assert sample.watts > 2500
    assert sample.chip_c == now.summary["chip_c"] > 40
    assert [board["chips"] for board in known.parts["boards"]] == [126, 126, 126]
    assert known.parts["pools"][0]["active"]
    assert known.parts["fans"][0]["rpm"] > 0
    assert known.parts_at is not None


def test_a_miner_is_lost_and_found_once_each(
    site: MinerSite, miner: SimulatedMiner, tenant: Tenant, shard: Any, eventually: Any
) -> None:
    device = registered(tenant, miner)
    shard.poll()
    eventually(lambda: state(device).liveness == Liveness.OK)
    site.fault(miner, "refuse")
    eventually(lambda: state(device).liveness == Liveness.LOST)
    assert "does not answer" in state(device).reason
    failures = breaker.standing([device.id])[device.id].failures
    eventually(lambda: breaker.standing([device.id])[device.id].state is BreakerState.OPEN)
    assert breaker.standing([device.id])[device.id].failures >= failures
    site.heal(miner)
    eventually(lambda: state(device).liveness == Liveness.OK)
    eventually(lambda: breaker.standing([device.id])[device.id].state is BreakerState.CLOSED)
    assert [row["device_id"] for row in told("fleet.device.lost")] == [str(device.id)]
    assert [row["device_id"] for row in told("fleet.device.found")] == [str(device.id)]


def test_another_firmware_and_another_status_are_told_once(
    miner: SimulatedMiner, tenant: Tenant, shard: Any, eventually: Any
) -> None:
    device = registered(tenant, miner)
    shard.poll()
    eventually(lambda: Miner.system.filter(device=device).exists())
    miner.state.version = NEW_VERSION
    miner.state.pause()
    eventually(lambda: Miner.system.get(device=device).status == "paused")
    enough = samples(device) + 3
    eventually(lambda: samples(device) >= enough)
    known = Miner.system.get(device=device)
    assert known.methods_firmware == NEW_VERSION
    assert "braiins.bos.v1.AdvancedSettingsService/GetSettings" in known.methods
    changes = [(row["change"], row["before"], row["after"]) for row in told("miners.miner.changed")]
    assert changes == [("firmware", FIRMWARE, NEW_VERSION), ("status", "normal", "paused")]


def test_an_edited_address_is_visited_instead(
    site: MinerSite,
    miner: SimulatedMiner,
    tenant: Tenant,
    shard: Any,
    eventually: Any,
    configure: Any,
) -> None:
    other = site.miner(2)
    other.state.version = NEW_VERSION
    configure(device_networks=entries_of(miner, other))
    device = registered(tenant, miner, serial="")
    Device.system.filter(id=device.id).update(serial="")
    shard.poll()
    eventually(lambda: state(device).summary.get("firmware") == FIRMWARE)
    Device.system.filter(id=device.id).update(address=other.address, serial="", mac="")
    eventually(lambda: state(device).summary.get("firmware") == NEW_VERSION)


def test_a_device_that_goes_is_visited_no_more_and_one_that_comes_is(
    site: MinerSite,
    miner: SimulatedMiner,
    tenant: Tenant,
    shard: Any,
    eventually: Any,
    configure: Any,
) -> None:
    second = site.miner(2)
    configure(device_networks=entries_of(miner, second))
    first = registered(tenant, miner)
    shard.poll()
    eventually(lambda: samples(first) > 0)
    Device.system.filter(id=first.id).update(status="decommissioned")
    late = registered(tenant, second)
    eventually(lambda: samples(late) >= 8)
    stopped = samples(first)
    enough = samples(late) + 5
    eventually(lambda: samples(late) >= enough)
    assert samples(first) == stopped


def test_a_hung_miner_delays_nobody(
    site: MinerSite,
    miner: SimulatedMiner,
    tenant: Tenant,
    shard: Any,
    eventually: Any,
    configure: Any,
) -> None:
    slow = site.miner(2)
    configure(device_networks=entries_of(miner, slow))
    site.fault(slow, "mute")
    healthy, hung = registered(tenant, miner), registered(tenant, slow)
    start = clock.now()
    shard.poll()
    eventually(lambda: samples(healthy) >= 10)
    assert (clock.now() - start) < timedelta(seconds=8)
    assert samples(hung) == 0


def test_what_was_read_is_stored_when_the_shard_is_given_up(
    miner: SimulatedMiner, tenant: Tenant, shard: Any, eventually: Any, monkeypatch: Any
) -> None:
    device = registered(tenant, miner)
    asked = count_calls(miner, monkeypatch)
    shard.poll(replace(QUICK, flush=3600))
    eventually(lambda: len(asked) >= 6)
    assert samples(device) == 0
    shard.stop()
    assert samples(device) >= 1
    assert state(device).liveness == Liveness.OK


def test_a_poller_whose_shard_went_to_another_writes_nothing(
    miner: SimulatedMiner, tenant: Tenant, shard: Any, eventually: Any
) -> None:
    device = registered(tenant, miner)
    newer = epoch_next(ShardKey("braiins", 0))
    assert newer.epoch > shard.key.epoch
    shard.poll()
    eventually(lambda: shard.hold is not None and shard.hold.held())
    shard.stop()
    assert samples(device) == 0
    assert state(device).liveness == Liveness.NEVER


def test_another_machine_at_the_address_is_not_taken_for_the_device(
    miner: SimulatedMiner, tenant: Tenant, shard: Any, eventually: Any
) -> None:
    device = registered(tenant, miner, serial="ANOTHER")
    shard.poll()
    eventually(lambda: miner.state.profile.serial in state(device).reason)
    assert (state(device).liveness, samples(device)) == (Liveness.NEVER, 0)
    assert Device.system.get(id=device.id).serial == "ANOTHER"
    assert not Miner.system.filter(device=device).exists()


def test_history_is_drawn_in_at_most_as_many_bins_as_asked_for(
    miner: SimulatedMiner, tenant: Tenant
) -> None:
    device = registered(tenant, miner)
    stop = clock.now()
    start = stop - timedelta(seconds=100)
    MinerSample.objects.bulk_create(
        MinerSample(
            device_id=device.id,
            at=start + timedelta(seconds=second),
            terahash=float(second),
            watts=3000,
            accepted=0,
            rejected=0,
        )
        for second in range(100)
    )
    points = series(device, start, stop, points=7)
    assert len(points) == 7
    assert points[0].at == start
    assert points[0].terahash == sum(range(15)) / 15
    assert series(device, stop, stop + timedelta(seconds=60)) == []
    assert len(series(device, start, stop)) == 100


def test_readings_made_while_the_database_was_away_are_stored_later(
    miner: SimulatedMiner, tenant: Tenant, shard: Any, eventually: Any, monkeypatch: Any
) -> None:
    device = registered(tenant, miner)
    away = True

    def unless_away(*arguments: Any) -> None:
        if away:
            raise OperationalError("the connection is lost")
        store(*arguments)

    monkeypatch.setattr(poller, "store", unless_away)
    asked = count_calls(miner, monkeypatch)
    shard.poll()
    eventually(lambda: len(asked) >= 12)
    assert samples(device) == 0
    away = False
    eventually(lambda: samples(device) >= 2)


def test_a_load_that_cannot_be_stored_does_not_stop_the_next(
    miner: SimulatedMiner, tenant: Tenant, shard: Any, eventually: Any, monkeypatch: Any
) -> None:
    device = registered(tenant, miner)
    loads: list[Any] = []

    def once_wrong(key: Any, load: Any) -> None:
        loads.append(load)
        if len(loads) == 1:
            raise ValueError("nobody expected this")
        store(key, load)

    monkeypatch.setattr(poller, "store", once_wrong)
    shard.poll()
    eventually(lambda: samples(device) >= 1)
    assert len(loads) >= 2


def test_an_odd_answer_does_not_end_the_visits(
    miner: SimulatedMiner, tenant: Tenant, shard: Any, eventually: Any, monkeypatch: Any
) -> None:
    device = registered(tenant, miner)
    answers = count(1)

    def odd_at_first(*arguments: Any) -> Any:
        if next(answers) <= LOST_AFTER:
            raise ValueError("an answer that nobody understands")
        return reading(*arguments)

    monkeypatch.setattr(visit, "reading", odd_at_first)
    shard.poll()
    eventually(lambda: state(device).liveness == Liveness.OK)


def test_devices_keep_being_visited_while_the_list_cannot_be_read(
    miner: SimulatedMiner, tenant: Tenant, shard: Any, eventually: Any, monkeypatch: Any
) -> None:
    device = registered(tenant, miner)
    shard.poll()
    eventually(lambda: samples(device) >= 1)

    async def fail() -> list[Device]:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(shard.hold, "devices", fail)
    enough = samples(device) + 6
    eventually(lambda: samples(device) >= enough)


def count_calls(miner: SimulatedMiner, monkeypatch: Any) -> list[str]:
    """Grows with every call the miner admits."""
    asked: list[str] = []
    answer = miner.state.tokens.use

    def use(token: str) -> bool:
        asked.append(token)
        return answer(token)

    monkeypatch.setattr(miner.state.tokens, "use", use)
    return asked
