"""Disruptive work on one miner: its plan, and the hold it is done under."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.conf import settings

from apps.fleet import leases, sessions
from apps.fleet.leases import Lease
from apps.fleet.models import Device
from apps.fleet.targets import holder_of
from apps.kernel.errors import conflict
from apps.miners.driver import MinerSession
from apps.miners.services.lookup import plan_target
from apps.operations.context import Context
from apps.operations.outcome import Plan, PlanChange, PlanRefusal

T = TypeVar("T")


def disturb(
    device: Device, act: Callable[[MinerSession], Coroutine[Any, Any, T]], ctx: Context
) -> T:
    """What `act` answers, called under the device's lease; raises `conflict` while it is held.

    A job records what it sends under the same lease, so the two cannot cross.
    """
    with held(device, ctx) as lease:
        return sessions.call(device, act, ctx, changing=True, lease=lease)


@contextmanager
def held(device: Device, ctx: Context) -> Iterator[Lease]:
    """The device's lease for a block of this call; raises `conflict` while it is held."""
    seconds = float(settings.CONFIG.device_lease_seconds)
    with leases.hold(device, owner=f"call {ctx.call.id}", seconds=seconds) as lease:
        reason = held_by_a_job(device)
        if reason:
            raise conflict(reason)
        yield lease


def held_by_a_job(device: Device) -> str:
    """Which job has the device, as a reason not to disturb it; empty when none has."""
    holder = holder_of(device)
    return f"Job {holder.job_id} is at work on {device.name}; wait for it." if holder else ""


def disruption(device: Device, *, what: str, after: str, risks: tuple[str, ...]) -> Plan:
    """A plan for one device; refused while another disruptive job holds it."""
    reason = held_by_a_job(device)
    return Plan(
        targets=(plan_target(device),),
        changes=(PlanChange(target=device.id, what=what, after=after),),
        refusals=(PlanRefusal(target=device.id, reason=reason),) if reason else (),
        risks=risks,
    )
