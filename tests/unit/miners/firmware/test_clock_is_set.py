"""Somebody sets the clock by a day during an upgrade: no miner times out, and none waits a day."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet.models import Device
from apps.jobs.claims import due
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.miners.firmware import attempt
from apps.miners.simulator import SimulatedMiner
from tests.support.minersite import (
    MinerSite,
    flash,
    image_of,
    images_taken,
    is_over,
    job_of,
    state_of,
    target_of,
    work,
)

A_DAY = 86_400.0
both_ways = pytest.mark.parametrize("by", [A_DAY, -A_DAY], ids=["on", "back"])


@pytest.fixture(autouse=True)
def impatient(configure: Any, monkeypatch: Any) -> None:
    configure(firmware_reboot_seconds=40, firmware_verify_seconds=40)
    monkeypatch.setattr(attempt, "LOOK_SECONDS", 0.2)


@both_ways
@pytest.mark.parametrize(
    ("fault", "moment"),
    [
        ("mute", "preflight"),
        (None, "sent"),
        ("refuse", "rebooting"),
        ("refuse", "reconciling"),
        ("thermal_pause", "verifying"),
        (None, "committed"),
    ],
)
def test_it_goes_on_as_if_nothing_was(
    fault: str | None,
    moment: str,
    by: float,
    site: MinerSite,
    clock: ManualClock,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
) -> None:
    job_id = flash(engineer, device, image_of(tenant))
    if fault == "mute":
        site.fault(miner, fault)
    elif fault:
        work(lambda: state_of(job_id) == "sent", clock=clock)
        site.fault(miner, fault)
    work(lambda: state_of(job_id) == moment, clock=clock)
    deadline = target_of(job_id).deadline
    clock.set_by(by)
    clock.advance(1.0)
    assert job_id in due() or job_of(job_id).wake_at is not None
    work(lambda: target_of(job_id).deadline != deadline, clock=clock)
    assert not is_over(job_id)
    site.heal(miner)
    began = clock.now()
    work(lambda: is_over(job_id), clock=clock)
    assert (job_of(job_id).state, images_taken(miner)) == ("succeeded", 1)
    assert clock.now() - began < timedelta(minutes=2)
