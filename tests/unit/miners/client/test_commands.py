"""Commands act on the miner, and what it refuses is told in its own words."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.miners.client import Family, Rejected
from apps.miners.client.types import Limits, MinerStatus
from apps.miners.simulator import inject
from tests.support.miners import connected, until


async def test_pause_and_resume_say_whether_it_was_so_already() -> None:
    async with connected() as (_, client):
        assert [await client.pause(), await client.pause()] == [False, True]
        assert await client.status() is MinerStatus.PAUSED
        assert (await client.stats()).terahash.last_5s == 0
        assert [await client.resume(), await client.resume()] == [False, True]
        assert await client.status() is MinerStatus.NORMAL


async def test_power_target_is_applied() -> None:
    async with connected() as (miner, client):
        assert await client.tuning.set_power(2000) == 2000
        assert (await client.tuning.state()).target_watts == 2000
        (entry,) = miner.state.history.entries("power_target")
        assert entry["watts"] == 2000


async def test_target_outside_the_constraints_is_rejected_with_the_range() -> None:
    async with connected() as (miner, client):
        with pytest.raises(Rejected, match="not within 1200 and 3800 W") as caught:
            await client.tuning.set_power(9000)
        assert caught.value.family is Family.CONSTRAINT
        assert caught.value.retryable is False
        assert miner.state.target_watts() == 3068


async def test_constraints_foretell_the_devices_verdict() -> None:
    async with connected() as (_, client):
        limits = (await client.tuning.constraints()).power
        assert limits is not None
        for watts in (1199, 1200, 1201, 3068, 3799, 3800, 3801):
            assert await accepted(client, watts) == limits.hold(watts)


async def accepted(client: object, watts: int) -> bool:
    try:
        await client.tuning.set_power(watts)  # type: ignore[attr-defined] # duck
    except Rejected:
        return False
    return True


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_limits_hold_their_ends_and_nothing_beyond(a: float, b: float, value: float) -> None:
    least, most = sorted((a, b))
    limits = Limits(least, least, most)
    assert limits.hold(least)
    assert limits.hold(most)
    assert limits.hold(value) == (max(least, min(value, most)) == value)


async def test_locate_light_goes_on_and_off() -> None:
    async with connected() as (_, client):
        assert await client.locate(True) is True
        assert await client.located() is True
        assert await client.locate(False) is False
        assert await client.located() is False


async def test_restart_of_the_daemon_keeps_the_system_up() -> None:
    async with connected() as (miner, client):
        booted = miner.state.run.booted
        assert await client.restart() is True
        assert miner.state.run.booted == booted
        assert miner.state.history.entries("reboot") == []


async def test_reboot_takes_the_miner_away_and_back() -> None:
    async with connected(boot_seconds=0.1) as (miner, client):
        booted = miner.state.run.booted
        await client.reboot()
        await until(lambda: miner.state.run.booted > booted)
        await until(lambda: miner.is_open)
        assert await client.status() is MinerStatus.NORMAL
        assert len(miner.state.history.entries("reboot")) == 1


async def test_method_of_newer_firmware_is_unsupported() -> None:
    async with connected() as (miner, client):
        await inject(miner, {"fault": "unimplemented", "methods": ["GetErrors"]})
        with pytest.raises(Rejected) as caught:
            await client.errors()
        assert caught.value.family is Family.UNSUPPORTED
        assert await client.boards.all()


async def test_capabilities_show_only_what_the_firmware_has() -> None:
    async with connected() as (miner, client):
        before = await client.capabilities()
        await inject(miner, {"fault": "unimplemented", "methods": ["SystemUpgrade", "GetErrors"]})
        after = await client.capabilities()
        assert before - after == {
            "braiins.bos.v1.UpgradeService/SystemUpgrade",
            "braiins.bos.v1.MinerService/GetErrors",
        }
        assert before.has("UpgradeService/SystemUpgrade")
        assert not after.has("UpgradeService/SystemUpgrade")
