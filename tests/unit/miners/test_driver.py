import pytest

from apps.fleet.drivers import Address
from apps.kernel.errors import Code
from apps.kernel.ids import new_id
from apps.miners.client.errors import (
    ClientError,
    Family,
    ImageMismatch,
    Refused,
    Rejected,
    Unreachable,
)
from apps.miners.driver import BraiinsDriver
from apps.miners.simulator import FIRMWARE, SimulatedMiner
from tests.support.minersite import MinerSite

DRIVER = BraiinsDriver()


def address_of(miner: SimulatedMiner, password: str = "root") -> Address:
    credential = {"username": "root", "password": password}
    return Address(new_id(), miner.address, credential=credential)


async def test_it_connects_and_says_who_is_there(site: MinerSite) -> None:
    miner = site.miner()
    session = await DRIVER.connect(address_of(miner), timeout=5)
    try:
        probe = await DRIVER.probe(session, timeout=5)
        assert (probe.serial, probe.mac) == (miner.state.profile.serial, miner.state.profile.mac)
        assert (probe.firmware, probe.summary["status"]) == (FIRMWARE, "normal")
        assert session.alive
    finally:
        await session.close()
    assert not session.alive


async def test_nobody_there_is_found_out_at_once(site: MinerSite) -> None:
    miner = site.miner()
    site.fault(miner, "refuse")
    with pytest.raises(Unreachable):
        await DRIVER.connect(address_of(miner), timeout=900)


@pytest.mark.parametrize(
    ("error", "changing", "code", "words"),
    [
        (Unreachable("gone", sent=True), True, Code.INDETERMINATE, "asked what is true"),
        (Unreachable("gone", sent=True), False, Code.UNREACHABLE, "does not answer"),
        (Unreachable("gone", sent=False), True, Code.UNREACHABLE, "gone"),
        (
            Unreachable("no answer within 3.0 s", sent=True, timed_out=True),
            False,
            Code.TIMEOUT,
            "no answer within 3.0 s",
        ),
        (
            Unreachable("no connection within 3.0 s", sent=False, timed_out=True),
            True,
            Code.TIMEOUT,
            "Nothing was changed",
        ),
        (
            Unreachable("no answer within 3.0 s", sent=True, timed_out=True),
            True,
            Code.INDETERMINATE,
            "asked what is true",
        ),
        (Refused("no"), True, Code.DEVICE_REJECTED, "fleet.credential.set"),
        (Rejected("busy", Family.BUSY, "ABORTED"), True, Code.BUSY, "'busy'"),
        (Rejected("", Family.UNSUPPORTED, "UNIMPLEMENTED"), False, Code.DEVICE_REJECTED, "command"),
        (Rejected("too hot", Family.OTHER, "INTERNAL"), True, Code.DEVICE_REJECTED, "'too hot'"),
        (ImageMismatch("Wrong bytes."), True, Code.CONFLICT, "Nothing was installed"),
    ],
)
def test_each_error_of_the_client_means_one_failure(
    error: Exception, changing: bool, code: Code, words: str
) -> None:
    failure = DRIVER.failure(error, changing=changing)
    assert (failure.code, words in failure.detail) == (code, True)


def test_every_error_of_the_client_is_declared_and_nothing_else() -> None:
    assert set(ClientError.__subclasses__()) | {ImageMismatch} == set(DRIVER.errors)
