"""A rollout of an image: read whole before each phase, and paused as soon as it is withdrawn."""

from typing import Any
from uuid import UUID

import pytest

from apps.accounts.models import Tenant
from apps.fleet.models import Device
from apps.fleet.models.rollout import Rollout
from apps.fleet.rollouts import controller
from apps.jobs.models import Job
from apps.jobs.transitions import OPEN
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.miners.firmware import store
from apps.miners.models import FirmwareImage
from apps.miners.simulator import SimulatedMiner
from apps.operations.steps import run_job
from tests.support.minersite import (
    MinerSite,
    call,
    confirmed,
    entries_of,
    image_of,
    images_taken,
    registered,
)

Trio = list[tuple[SimulatedMiner, Device]]


@pytest.fixture
def trio(site: MinerSite, configure: Any, tenant: Tenant) -> Trio:
    tenant.batch_threshold = 10
    tenant.save()
    miners = [site.miner(number) for number in (1, 2, 3)]
    configure(device_networks=entries_of(*miners), firmware_soak_seconds=10)
    return [(miner, registered(tenant, miner)) for miner in miners]


def begun(actor: Actor, image: FirmwareImage, trio: Trio) -> UUID:
    made = call(
        actor,
        "fleet.rollout.create",
        {
            "name": "Spring",
            "operation": "miners.firmware.upgrade",
            "input": {"image": str(image.id)},
            "devices": [device.name for _, device in trio],
            "phases": [{"name": "canary", "size": 1}, {"name": "rest", "concurrency": 1}],
        },
        key="create",
    ).output
    assert made is not None
    confirmed(actor, "fleet.rollout.start", {"rollout": made["rollout"]})
    return UUID(made["rollout"])


def work(clock: ManualClock, until: Any) -> None:
    for _ in range(400):
        controller.tick()
        if until():
            return
        ids = Job.system.filter(state__in=OPEN).values_list("id", flat=True)
        if not sum(run_job(job_id) for job_id in ids):
            clock.advance(1.0)
    raise AssertionError(list(Rollout.system.values("state", "cause", "sentence")))


def taken(trio: Trio) -> list[int]:
    return [images_taken(miner) for miner, _ in trio]


def test_rot_is_found_before_the_next_phase_and_a_withdrawal_before_the_next_miner(
    trio: Trio, engineer: Actor, tenant: Tenant, clock: ManualClock
) -> None:
    image = image_of(tenant)
    rollout = begun(engineer, image, trio)
    whole = store.path_of(image).read_bytes()

    def row() -> Rollout:
        return Rollout.system.get(id=rollout)

    work(clock, lambda: taken(trio) == [1, 0, 0])
    store.path_of(image).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    work(clock, lambda: row().state == "paused")
    assert row().cause == "artifact_withdrawn"
    assert "damaged; nothing was sent" in row().sentence
    assert list(row().phases.values_list("state", flat=True)) == ["passed", "pending"]
    assert taken(trio) == [1, 0, 0]

    store.path_of(image).write_bytes(whole)
    call(engineer, "fleet.rollout.resume", {"rollout": str(rollout)})
    work(clock, lambda: row().members.filter(state="running").exists())
    reason = {"reason": "It overheats."}
    done = call(engineer, "miners.firmware.withdraw", {"image": str(image.id)}, **reason).output
    assert done is not None
    assert done["rollouts"] == 1
    work(clock, lambda: row().state == "paused")
    assert (row().cause, "It overheats." in row().sentence) == ("artifact_withdrawn", True)
    states = list(row().members.order_by("place").values_list("state", flat=True))
    assert states == ["succeeded", "cancelled", "queued"]
    assert taken(trio) == [1, 0, 0]
