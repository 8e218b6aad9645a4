"""What the miner operations do: read, act, read back, and settle what was left open."""

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar
from uuid import UUID

from django.conf import settings

from apps.fleet import leases, sessions
from apps.fleet.models import Device, DeviceKind
from apps.fleet.selectors import device_get
from apps.fleet.targets import holder_of
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, conflict, invalid
from apps.kernel.ids import moment_of
from apps.miners.client.types import Constraints, Limits, MinerStatus
from apps.miners.driver import MinerSession
from apps.miners.models import Miner
from apps.miners.schemas import (
    MinersMinerLocateIn,
    MinersMinerLocateOut,
    MinersMinerPauseIn,
    MinersMinerPauseOut,
    MinersMinerRebootIn,
    MinersMinerRebootOut,
    MinersMinerResumeIn,
    MinersMinerStatusIn,
    MinersMinerStatusOut,
    MinersPowerSetIn,
    MinersPowerSetOut,
)
from apps.operations.context import Context
from apps.operations.core import TargetRef
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanRefusal, PlanTarget

T = TypeVar("T")

#: Uptimes come in whole seconds: so much is the least that tells before from after (s).
WHOLE_SECOND: Final = 1.0


def miner_of(actor: Actor, name: str) -> Device:
    """A miner of the actor's by id or name; raises `not_found`."""
    return device_get(actor, name, kind=DeviceKind.MINER)


def miner_targets(actor: Actor, data: Any) -> tuple[TargetRef, ...]:
    """The one miner that `data.device` names."""
    device = miner_of(actor, data.device)
    return (TargetRef("device", device.id, device.name, device.site_path, device.id),)


def miner_status(ctx: Context, data: MinersMinerStatusIn) -> MinersMinerStatusOut:
    """Ask the miner itself."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> MinersMinerStatusOut:
        client = session.client
        details, stats = await client.details(), await client.stats()
        tuner, faults = await client.tuner_state(), await client.errors()
        return MinersMinerStatusOut(
            device=device.id,
            name=device.name,
            status=details.status.value,
            firmware=details.version,
            model=details.model,
            uptime_s=details.uptime_s,
            terahash_5s=round(stats.terahash.last_5s, 2),
            terahash_15m=round(stats.terahash.last_15m, 2),
            watts=stats.watts,
            joule_per_terahash=round(stats.joule_per_terahash, 2),
            power_target_watts=tuner.target_watts,
            tuner=tuner.status.value,
            locating=await client.located(),
            errors=[fault.message for fault in faults],
        )

    return sessions.call(device, ask, ctx)


# -- locate


def miner_locate(ctx: Context, data: MinersMinerLocateIn) -> MinersMinerLocateOut:
    """Blink the light, or stop it, and say how it was."""
    device = miner_of(ctx.actor, data.device)

    async def act(session: MinerSession) -> MinersMinerLocateOut:
        before = await session.client.located()
        after = await session.client.locate(data.on)
        return MinersMinerLocateOut(device=device.id, before=before, after=after)

    return sessions.call(device, act, ctx, changing=True)


def locate_settle(ctx: Context, data: MinersMinerLocateIn, intent: UUID) -> Outcome:
    """Whether the light is as it was asked to be."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> bool:
        return await session.client.located()

    lit = sessions.call(device, ask, ctx)
    if lit is not data.on:
        return Outcome.not_done(Code.DEVICE_REJECTED, "The light did not change; call again.")
    return Outcome.done(MinersMinerLocateOut(device=device.id, before=not lit, after=lit))


# -- power


def power_set(ctx: Context, data: MinersPowerSetIn) -> MinersPowerSetOut:
    """Set the power target within the miner's own range, and read it back."""
    device = miner_of(ctx.actor, data.device)

    async def act(session: MinerSession) -> MinersPowerSetOut:
        client = session.client
        limits = (await client.constraints()).power
        if limits is not None and not limits.hold(data.watts):
            raise invalid("watts", out_of_range(device, limits), allowed=span(limits))
        before = (await client.tuner_state()).target_watts
        await client.set_power_target(data.watts)
        after = (await client.tuner_state()).target_watts
        return MinersPowerSetOut(
            device=device.id,
            before=before,
            after=after if after is not None else data.watts,
            confirmed=after == data.watts,
        )

    out = sessions.call(device, act, ctx, changing=True)
    Miner.system.filter(device=device).update(power_target_watts=out.after)
    return out


def power_plan(ctx: Context, data: MinersPowerSetIn) -> Plan:
    """The range comes from the miner, so a plan says no before the miner would."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> tuple[int | None, Constraints]:
        return (await session.client.tuner_state()).target_watts, await session.client.constraints()

    before, limits = sessions.call(device, ask, ctx)
    refusals: tuple[PlanRefusal, ...] = ()
    if limits.power is not None and not limits.power.hold(data.watts):
        refusals = (PlanRefusal(target=device.id, reason=out_of_range(device, limits.power)),)
    return Plan(
        targets=(plan_target(device),),
        changes=(
            PlanChange(target=device.id, what="power target (W)", before=before, after=data.watts),
        ),
        refusals=refusals,
    )


def out_of_range(device: Device, limits: Limits) -> str:
    """What a miner says no to, and what it takes."""
    return f"{device.name} takes {span(limits)}."


def span(limits: Limits) -> str:
    """A range in watts."""
    return f"{limits.least:.0f} to {limits.most:.0f} W"


def power_settle(ctx: Context, data: MinersPowerSetIn, intent: UUID) -> Outcome:
    """Whether the miner works towards the asked target."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> int | None:
        return (await session.client.tuner_state()).target_watts

    target = sessions.call(device, ask, ctx)
    if target != data.watts:
        words = f"The power target is {target} W; the command did not arrive. Call again."
        return Outcome.not_done(Code.DEVICE_REJECTED, words)
    out = MinersPowerSetOut(device=device.id, before=None, after=data.watts, confirmed=True)
    return Outcome.done(out)


# -- pause, resume


def miner_pause(ctx: Context, data: MinersMinerPauseIn) -> MinersMinerPauseOut:
    """Stop hashing; the machine stays on."""
    device = miner_of(ctx.actor, data.device)

    async def act(session: MinerSession) -> MinersMinerPauseOut:
        before = await session.client.status()
        await session.client.pause()
        after = await session.client.status()
        return MinersMinerPauseOut(device=device.id, before=before.value, after=after.value)

    return disturb(device, act, ctx)


def miner_resume(ctx: Context, data: MinersMinerResumeIn) -> MinersMinerPauseOut:
    """Hash again."""
    device = miner_of(ctx.actor, data.device)

    async def act(session: MinerSession) -> MinersMinerPauseOut:
        before = await session.client.status()
        await session.client.resume()
        after = await session.client.status()
        return MinersMinerPauseOut(device=device.id, before=before.value, after=after.value)

    return sessions.call(device, act, ctx, changing=True)


def pause_settle(ctx: Context, data: MinersMinerPauseIn, intent: UUID) -> Outcome:
    """Whether the miner is paused."""
    return _settle_mining(ctx, data.device, MinerStatus.PAUSED)


def resume_settle(ctx: Context, data: MinersMinerResumeIn, intent: UUID) -> Outcome:
    """Whether the miner hashes."""
    return _settle_mining(ctx, data.device, MinerStatus.NORMAL)


def _settle_mining(ctx: Context, name: str, wanted: MinerStatus) -> Outcome:
    device = miner_of(ctx.actor, name)

    async def ask(session: MinerSession) -> MinerStatus:
        return await session.client.status()

    found = sessions.call(device, ask, ctx)
    if found is not wanted:
        return Outcome.not_done(
            Code.DEVICE_REJECTED, f"The miner is {found.value}; the command did not arrive."
        )
    return Outcome.done(MinersMinerPauseOut(device=device.id, before="unknown", after=found.value))


def pause_plan(ctx: Context, data: MinersMinerPauseIn) -> Plan:
    """What stops."""
    device = miner_of(ctx.actor, data.device)
    return disruption(device, what="mining", after="paused", risks=("The miner earns nothing.",))


# -- reboot


def miner_reboot(ctx: Context, data: MinersMinerRebootIn) -> MinersMinerRebootOut:
    """Restart the whole machine; what comes of it is seen by the poller."""
    device = miner_of(ctx.actor, data.device)

    async def act(session: MinerSession) -> None:
        await session.client.reboot()

    disturb(device, act, ctx)
    return MinersMinerRebootOut(device=device.id, rebooting=True)


def reboot_settle(ctx: Context, data: MinersMinerRebootIn, intent: UUID) -> Outcome | None:
    """A reboot since the intent shows in the uptime; no answer yet means ask later."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> int:
        return (await session.client.details()).uptime_s

    uptime = sessions.call(device, ask, ctx)
    if uptime <= seconds_since(intent) - WHOLE_SECOND:
        return Outcome.done(MinersMinerRebootOut(device=device.id, rebooting=False))
    return Outcome.not_done(Code.DEVICE_REJECTED, "The miner did not restart; call again.")


def seconds_since(intent: UUID) -> float:
    """Age of an intent in seconds: its id carries the time."""
    return (clock.now() - moment_of(intent)).total_seconds()


def reboot_plan(ctx: Context, data: MinersMinerRebootIn) -> Plan:
    """What goes away, and whether another job has the miner."""
    device = miner_of(ctx.actor, data.device)
    risks = ("The miner is away for some minutes and earns nothing meanwhile.",)
    return disruption(device, what="machine", after="restarted", risks=risks)


def disturb(
    device: Device, act: Callable[[MinerSession], Coroutine[Any, Any, T]], ctx: Context
) -> T:
    """What `act` answers, called under the device's lease; raises `conflict` while it is held.

    A job records what it sends under the same lease, so the two cannot cross.
    """
    seconds = float(settings.CONFIG.device_lease_seconds)
    with leases.hold(device, owner=f"call {ctx.call.id}", seconds=seconds) as lease:
        reason = held_by_a_job(device)
        if reason:
            raise conflict(reason)
        return sessions.call(device, act, ctx, changing=True, lease=lease)


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


def plan_target(device: Device) -> PlanTarget:
    """A device as plans show it."""
    return PlanTarget(kind="device", id=device.id, label=device.name)
