"""Simulated miners beside a test that is not asynchronous, registered devices, and a worker.

with miner_site() as site:
    device = site.device(tenant)
    job_id = flash(engineer, device, image)
    work(lambda: is_over(job_id), clock=site.clock)
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

import pytest

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.fleet.models import Device, DeviceState, Target
from apps.fleet.services import credential_set
from apps.jobs.models import Job
from apps.jobs.transitions import FINAL, OPEN
from apps.kernel.actor import Actor
from apps.kernel.clock import Clock, ManualClock, SystemClock
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.miners.firmware import store
from apps.miners.models import FirmwareImage, ImageState
from apps.miners.simulator import SimulatedMiner, build_image, clear, inject, profile_for
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.outcome import Outcome, Status
from apps.operations.steps import run_job
from tests.support import factories
from tests.support.miners import NEW_VERSION, own_address

T = TypeVar("T")

GRPC = 50051
#: A miner that has been up for a day; a fresh one's uptime says little.
A_DAY = 86_400.0


class MinerSite:
    """Miners on a loop of their own; `clock` is theirs and, if manual, the whole test's."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.miners: dict[str, SimulatedMiner] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="miners", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def miner(
        self, number: int = 1, *, boot_seconds: float = 0.2, at: str = "", **born: Any
    ) -> SimulatedMiner:
        """A miner that has been hashing for a day; `born` are fields of its profile."""
        address = at or own_address(number)
        profile = replace(profile_for(address), **born)
        miner = SimulatedMiner(profile, clock=self.clock, boot_seconds=boot_seconds)
        miner.state.run.booted -= A_DAY
        miner.state.run.daemon = miner.state.run.mining = miner.state.run.booted
        self.run(miner.start())
        self.miners[address] = miner
        return miner

    def fault(self, miner: SimulatedMiner, name: str, **details: Any) -> None:
        self.run(inject(miner, {"fault": name, **details}))

    def heal(self, miner: SimulatedMiner, name: str | None = None) -> None:
        self.run(clear(miner, name))

    def reset(self, miner: SimulatedMiner) -> None:
        """Off with all faults; calls that hang are cut, so that none gets through late."""
        self.run(_reset(miner))

    def stop(self) -> None:
        for miner in self.miners.values():
            self.run(miner.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


async def _reset(miner: SimulatedMiner) -> None:
    await miner.refuse()
    miner.state.faults.reset()
    await miner.accept()


@contextmanager
def miner_site(clock: Clock | None = None) -> Iterator[MinerSite]:
    site = MinerSite(clock or SystemClock())
    try:
        yield site
    finally:
        site.stop()


def manual_clock() -> ManualClock:
    """A clock that stands at the present second."""
    return ManualClock(datetime.now(UTC).replace(microsecond=0))


def entries_of(*miners: SimulatedMiner) -> tuple[str, ...]:
    """What DEVICE_NETWORKS has to hold."""
    return tuple(f"{miner.address}:{miner.ports.grpc}" for miner in miners)


def registered(tenant: Tenant, miner: SimulatedMiner, **fields: Any) -> Device:
    """The miner as a device in operation, with its credential."""
    profile = miner.state.profile
    fields.setdefault("serial", profile.serial)
    fields.setdefault("name", profile.hostname)
    device = factories.device(tenant, kind="miner", address=profile.address, **fields)
    DeviceState.objects.create(device=device)
    credential_set(device, {"username": "root", "password": "root"})
    return device


def image_of(
    tenant: Tenant,
    version: str = NEW_VERSION,
    *,
    size: int = 1 << 20,
    claimed: str | None = None,
    models: tuple[str, ...] = ("Antminer S19J Pro",),
) -> FirmwareImage:
    """A verified image of the tenant's; `claimed` is the version its row says."""
    content = build_image(version, size=size)
    image = FirmwareImage.system.create(
        tenant_id=tenant.id,
        version=claimed or version,
        device_models=list(models),
        sha256=sha256(content).hexdigest(),
        size=size,
        received=size,
        state=ImageState.PUBLISHED,
        uploaded_by="test",
    )
    store.path_of(image).write_bytes(content)
    return image


def call(actor: Actor, operation: str, data: dict[str, Any], **fields: Any) -> Outcome:
    """One call over REST."""
    return invoke(Call(operation=operation, input=data, actor=actor, face=Face.REST, **fields))


def confirmed(actor: Actor, operation: str, data: dict[str, Any], **fields: Any) -> Outcome:
    """A disruptive call: its plan, and then the same call with the plan's confirmation."""
    fields.setdefault("key", str(new_id()))
    plan = call(actor, operation, data, **fields)
    assert plan.status is Status.NEEDS_CONFIRMATION, plan
    return call(actor, operation, data, confirmation=plan.confirmation, **fields)


def lost(actor: Actor, operation: str, data: dict[str, Any], **fields: Any) -> None:
    """A call that was sent and whose verdict does not come in its short time."""
    with pytest.raises(Failure) as caught:
        call(actor, operation, data, time_limit=0.8, **fields)
    assert caught.value.code is Code.INDETERMINATE


def outcome_row(operation: str) -> AuditLog:
    """The one audit outcome of an operation."""
    return AuditLog.system.get(operation=operation, entry="outcome")


def flash(actor: Actor, device: Device, image: FirmwareImage, *, older: bool = False) -> UUID:
    """Asks for an upgrade, confirms it, and gives the job's id; `older` lets it go back."""
    data = {"device": str(device.id), "image": str(image.id), "older": older}
    outcome = confirmed(actor, "miners.firmware.upgrade", data)
    assert outcome.job is not None
    return outcome.job.id


def work(until: Callable[[], Any], *, clock: Clock | None = None, seconds: float = 30.0) -> None:
    """Runs whatever job is due until `until()` holds; fails after `seconds` of real time.

    A manual clock is moved on by a second whenever nothing is due.
    """
    give_up = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < give_up, f"not in {seconds} s; {standing()}"
        ids = Job.system.filter(state__in=OPEN).values_list("id", flat=True)
        if sum(run_job(job_id) for job_id in ids):
            continue
        if isinstance(clock, ManualClock):
            clock.advance(1.0)
        time.sleep(0.01)


def standing() -> str:
    """How jobs and targets stand, for messages."""
    jobs = [f"{job.state}: {job.sentence}" for job in Job.system.all()]
    return f"{jobs} {[f'{t.state}: {t.detail}' for t in Target.system.all()]}"


def job_of(job_id: UUID) -> Job:
    return Job.system.get(id=job_id)


def is_over(job_id: UUID) -> bool:
    return job_of(job_id).state in FINAL


def target_of(job_id: UUID) -> Target:
    return Target.system.select_related("device").get(job_id=job_id)


def state_of(job_id: UUID) -> str | None:
    """Where the job's target stands; None before there is one."""
    return Target.system.filter(job_id=job_id).values_list("state", flat=True).first()


def states_of(job_id: UUID) -> list[str]:
    """The states the target went through, as the audit trail has them."""
    rows = AuditLog.system.filter(entry="transition", job_id=job_id, object_kind="device").order_by(
        "id"
    )
    return [dict(row.after or {})["state"] for row in rows]


def images_taken(miner: SimulatedMiner) -> int:
    return len(miner.state.history.entries("image"))
