"""Images to one site share one line: never faster than it, in turns, and never too many to end."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Tenant
from apps.fleet.models import Device, Target
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.valkey import close_here, valkey
from apps.miners.firmware import bandwidth
from apps.miners.simulator import SimulatedMiner
from tests.support.miners import NEW_VERSION
from tests.support.minersite import (
    MinerSite,
    call,
    flash,
    image_of,
    images_taken,
    is_over,
    job_of,
    state_of,
    work,
)

KEY = "cp:firmware:line:property"
MIB = 1 << 20
#: Seconds that the calls of one example may take, which the line runs on meanwhile.
MEANWHILE = 5.0


@pytest.fixture
def empty_line() -> Iterator[None]:
    valkey().delete(KEY)
    yield
    valkey().delete(KEY)


def reserved(size: int, rate: int) -> float:
    """Seconds until a chunk of `size` may leave."""
    return float(valkey().eval(bandwidth._RESERVE, 1, KEY, size, rate))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sizes=st.lists(st.integers(1, MIB), min_size=1, max_size=20), rate=st.integers(1, 1000))
def test_a_chunk_waits_for_all_bytes_before_it(
    empty_line: None, sizes: list[int], rate: int
) -> None:
    valkey().delete(KEY)
    before = 0
    for size in sizes:
        wait = reserved(size, rate)
        assert before / rate - MEANWHILE <= wait <= before / rate + 0.001
        before += size


def test_uploads_at_once_take_turns_and_keep_to_the_rate_together(
    configure: Any, device: Device
) -> None:
    configure(firmware_site_bytes_per_second=20 * MIB)
    left: list[int] = []

    async def upload(number: int) -> None:
        pace = bandwidth.Pace(device, 4 * MIB)
        for _ in range(4):
            await pace.turn()
            left.append(number)

    async def both() -> float:
        began = time.monotonic()
        await asyncio.gather(upload(1), upload(2))
        took = time.monotonic() - began
        await close_here()
        return took

    # The first of eight chunks leaves at once.
    assert asyncio.run(both()) >= 7 / 20
    # One may be a chunk ahead by what the other's first connection takes, and no more.
    ahead = [left[:at].count(1) - left[:at].count(2) for at in range(9)]
    assert max(map(abs, ahead)) <= 2


def test_no_more_begin_than_can_end_in_time_and_one_that_comes_again_has_its_place(
    configure: Any, device: Device
) -> None:
    # Each takes 4 s alone, and 8 s are counted on.
    configure(firmware_site_bytes_per_second=MIB, firmware_send_seconds=10)
    first, second, third = (Device(tenant_id=device.tenant_id) for _ in range(3))
    size = 4 * MIB
    with bandwidth.place(first, size) as one, bandwidth.place(second, size) as two:
        with bandwidth.place(third, size) as three:
            assert (one, two, three) == (True, True, False)
        with bandwidth.place(first, size) as again:
            assert again
    with bandwidth.place(third, size) as free:
        assert free


def test_an_upload_waits_unsent_for_its_turn_and_then_arrives_at_the_pace(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    configure: Any,
) -> None:
    configure(firmware_site_bytes_per_second=MIB // 20, firmware_send_seconds=60)
    image = image_of(tenant, size=2 * MIB)
    other = Device(tenant=tenant, site_path=device.site_path)
    with bandwidth.place(other, image.size) as taken:
        assert taken
        job_id = flash(engineer, device, image)
        work(lambda: "Waiting for its turn" in job_of(job_id).sentence, clock=site.clock)
        assert state_of(job_id) == "ready"
        assert not miner.state.history.entries("upload_begun")
    configure(firmware_site_bytes_per_second=4 * MIB)
    work(lambda: is_over(job_id), clock=site.clock)
    assert (job_of(job_id).state, images_taken(miner)) == ("succeeded", 1)
    assert miner.state.version == NEW_VERSION


def test_a_plan_says_how_long_it_takes_and_refuses_what_cannot_end_in_time(
    device: Device, engineer: Actor, tenant: Tenant, configure: Any
) -> None:
    data = {"device": str(device.id), "image": str(image_of(tenant, size=MIB).id)}
    configure(firmware_site_bytes_per_second=1 << 16)
    plan = call(engineer, "miners.firmware.upgrade", data, key="slow").plan
    assert plan is not None
    assert any("about 16 s at 65,536 bytes a second" in risk for risk in plan.risks)
    assert not plan.refusals
    configure(firmware_site_bytes_per_second=1 << 10)
    with pytest.raises(Failure) as caught:
        call(engineer, "miners.firmware.upgrade", data, key="slower")
    assert caught.value.code is Code.CONFLICT
    assert "FIRMWARE_SITE_BYTES_PER_SECOND" in caught.value.detail
    assert not Target.system.exists()
