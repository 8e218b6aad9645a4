"""A miner that answers garbage during an upgrade is asked again, and only sense is believed."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.miners.simulator import FIRMWARE, SimulatedMiner
from apps.miners.simulator.faults import GARBAGE
from tests.support.miners import NEW_VERSION
from tests.support.minersite import (
    MinerSite,
    flash,
    image_of,
    images_taken,
    is_over,
    job_of,
    state_of,
    states_of,
    work,
)

READS = ["GetMinerDetails", "GetMinerStats"]


@pytest.mark.parametrize("kind", list(GARBAGE))
def test_a_garbled_word_after_the_image_sends_nothing_twice(
    kind: str,
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
) -> None:
    site.fault(miner, "garbage", kind=kind, methods=["SystemUpgrade"])
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: is_over(job_id), clock=site.clock)
    assert (job_of(job_id).state, miner.state.version) == ("succeeded", NEW_VERSION)
    assert states_of(job_id)[2:5] == ["sending", "reconciling", "verifying"]
    assert len(miner.state.history.entries("upload_begun")) == images_taken(miner) == 1


@pytest.mark.parametrize("kind", list(GARBAGE))
def test_garbled_readings_are_no_evidence_of_anything(
    kind: str,
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=site.clock)
    site.fault(miner, "garbage", kind=kind, methods=READS)
    work(lambda: miner.state.version == NEW_VERSION and miner.is_open, clock=site.clock)
    asked = site.clock.monotonic() + 20
    work(lambda: site.clock.monotonic() > asked, clock=site.clock)
    assert state_of(job_id) == "rebooting"
    site.heal(miner)
    work(lambda: is_over(job_id), clock=site.clock)
    assert (job_of(job_id).state, images_taken(miner)) == ("succeeded", 1)


def test_one_that_never_makes_sense_again_is_timed_out(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    configure: Any,
) -> None:
    configure(firmware_reboot_seconds=20)
    job_id = flash(engineer, device, image_of(tenant))
    work(lambda: state_of(job_id) == "sent", clock=site.clock)
    site.fault(miner, "garbage")
    work(lambda: is_over(job_id), clock=site.clock)
    assert (job_of(job_id).failure_code, state_of(job_id)) == ("timeout", "timed_out")
    assert images_taken(miner) == 1


def test_nothing_is_sent_to_one_that_makes_no_sense_before(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, tenant: Tenant
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    site.fault(miner, "garbage", methods=READS)
    work(lambda: is_over(job_id), clock=site.clock)
    assert (job_of(job_id).state, state_of(job_id)) == ("failed", "failed")
    assert miner.state.history.entries("upload_begun") == []
    assert miner.state.version == FIRMWARE
