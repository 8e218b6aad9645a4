"""The stepped baseline of one miner: set, measure, next, and in the end back, whatever happened.

The miner's own target is kept before anything is sent, and every end but one leads through setting
it again: where somebody else set another target meanwhile, theirs is left.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.errors import Code, Failure, NeedsHuman, conflict
from apps.miners.baseline.looking import Seen, look, write
from apps.miners.baseline.state import SETTLING, Run
from apps.miners.changing import ranges, snapshots
from apps.miners.changing.aspects import TARGET
from apps.miners.client.setup import Target, TargetMode
from apps.miners.client.types import Limits, MinerStatus
from apps.miners.curtail.selectors import curtailed_by
from apps.miners.driver import MinerSession
from apps.miners.schemas.baselines import MinersBaselineRunIn, MinersBaselineRunOut
from apps.miners.services.disturbing import disruption
from apps.miners.services.lookup import miner_of
from apps.miners.services.targets import WATTS, in_words, view
from apps.operations.context import Context
from apps.operations.core import Again
from apps.operations.outcome import Outcome, Plan, PlanRefusal

#: Seconds between two looks, and two tries to set the target back.
LOOK_AGAIN: Final = 15.0
BACK_AGAIN: Final = 30.0
#: How long a silent miner is waited for at one target, and for the way back.
PATIENCE: Final = timedelta(minutes=5)
GIVE_UP: Final = timedelta(hours=24)
#: Failures that only say that the miner cannot be asked now.
AWAY: Final = frozenset(
    {Code.UNREACHABLE, Code.TIMEOUT, Code.BREAKER_OPEN, Code.BUSY, Code.INDETERMINATE}
)

Result = MinersBaselineRunOut | Again


def baseline_run(ctx: Context, data: MinersBaselineRunIn) -> Result:
    """Take the baseline one step further."""
    device = miner_of(ctx.actor, data.device)
    if not ctx.state:
        return _again(0.0, begin(ctx, device, data))
    run = Run.model_validate(ctx.state)
    if run.phase != "restore" and ctx.cancelled():
        run = run.stop("Cancelled.")
    return PHASES[run.phase](ctx, device, data, run)


def begin(ctx: Context, device: Device, data: MinersBaselineRunIn) -> Run:
    """Check the wish and keep the miner's own target; nothing is sent yet.

    A step that is taken again finds the target kept: what the miner does by then may be ours.
    """
    reason = curtailed_by(device.id)
    if reason:
        raise conflict(f"{reason} Nothing was sent.")
    before, watts, hot = _asked(ctx, device, data)
    kept = snapshots.of_call(ctx.call.id, device, TARGET)
    if kept is None:
        snapshots.keep(ctx, device, TARGET, before, _power(watts[0]))
    else:
        before = kept.before
    return Run(
        watts=watts,
        before=TARGET.dumped(before),
        stop_at_c=data.stop_at_c or hot,
        since=clock.now(),
    )


def set_next(ctx: Context, device: Device, data: MinersBaselineRunIn, run: Run) -> Result:
    """Have the miner work towards the target in turn."""
    wanted = _power(run.target_watts)
    try:
        after = write(ctx, device, wanted)
    except Failure as failure:
        if failure.code in AWAY and run.lasted() < PATIENCE:
            return _again(LOOK_AGAIN, run)
        return _back(run, failure.detail)
    if not TARGET.agrees(after, wanted):
        return _back(run, f"{device.name} did not take {run.target_watts} W.")
    ctx.progress(run.index, len(run.watts), f"Measuring at {run.target_watts} W.")
    ctx.line(f"Works towards {run.target_watts} W.")
    return _again(LOOK_AGAIN, run.measuring())


def measure(ctx: Context, device: Device, data: MinersBaselineRunIn, run: Run) -> Result:
    """Take a reading, unless there is a reason to go back."""
    held = timedelta(seconds=data.seconds)
    try:
        seen = look(ctx, device)
    except Failure as failure:
        if failure.code in AWAY and run.lasted() < held + PATIENCE:
            return _again(LOOK_AGAIN, run)
        return _back(run, failure.detail)
    if not TARGET.agrees(seen.target, _power(run.target_watts)):
        raise conflict(
            f"Somebody set {device.name} to {in_words(seen.target)} meanwhile; that was left, "
            "and the baseline ended."
        )
    reason = _reason_to_stop(device, run, seen)
    if reason:
        return _back(run, reason)
    if run.lasted() >= held * SETTLING:
        run = run.added(run.sums.plus(seen.watts, seen.terahash, seen.hottest_c))
    over = run.lasted() >= held and run.sums.readings > 0
    return _again(0.0, run.next()) if over else _again(LOOK_AGAIN, run)


def restore(ctx: Context, device: Device, data: MinersBaselineRunIn, run: Run) -> Result:
    """Set the miner's own target again, for as long as it takes."""
    before = TARGET.loaded(run.before)
    words = in_words(before)
    try:
        after = write(ctx, device, before)
        trouble = "" if TARGET.agrees(after, before) else f"It works towards {in_words(after)}."
    except Failure as failure:
        trouble = failure.detail
    if not trouble:
        return _ended(ctx, device, run, after)
    if run.lasted() >= GIVE_UP:
        raise NeedsHuman(f"{device.name} could not be set back to {words} for a day: {trouble}")
    ctx.progress(len(run.done), len(run.watts), f"Setting it back to {words}: {trouble}"[:500])
    return _again(BACK_AGAIN, run)


PHASES: Final[dict[str, Callable[[Context, Device, MinersBaselineRunIn, Run], Result]]] = {
    "set": set_next,
    "measure": measure,
    "restore": restore,
}


def baseline_plan(ctx: Context, data: MinersBaselineRunIn) -> Plan:
    """Which targets it would hold, for how long, and why it may not."""
    device = miner_of(ctx.actor, data.device)
    try:
        before, watts, hot = _asked(ctx, device, data)
    except Failure as failure:
        if failure.code not in (Code.INVALID, Code.CONFLICT):
            raise
        found = disruption(device, what="target", after="", risks=())
        reason = failure.errors[0].message if failure.errors else failure.detail
        return found.model_copy(
            update={"refusals": (PlanRefusal(target=device.id, reason=reason),)}
        )
    limit = data.stop_at_c or hot
    minutes = round(len(watts) * data.seconds / 60)
    risks = (
        f"For about {minutes} min it draws up to {max(watts)} W, then works towards "
        f"{in_words(before)} again.",
        f"It ends at {limit:g} °C." if limit else "It tells no limit of heat: give stop_at_c.",
        "Firmware from 26.05 tells its curve at once: miners.tuning.set, mode efficiency.",
    )
    after = ", ".join(f"{one} W" for one in watts) + f", {data.seconds} s each"
    found = disruption(device, what="target", after=after, risks=risks)
    curtailed = curtailed_by(device.id)
    refusals = (PlanRefusal(target=device.id, reason=curtailed),) if curtailed else ()
    return found.model_copy(update={"refusals": (*found.refusals, *refusals)})


def baseline_settle(ctx: Context, data: MinersBaselineRunIn, intent: UUID) -> Outcome | None:
    """The job settles itself, step by step; nothing is left open outside it."""
    return None


def _asked(
    ctx: Context, device: Device, data: MinersBaselineRunIn
) -> tuple[Target, tuple[int, ...], float | None]:
    """The miner's own target, those to hold within its range, and where it is hot (°C)."""

    async def ask(session: MinerSession) -> tuple[Target, Limits | None, float | None]:
        tuning = session.client.tuning
        cooling = (await tuning.setup()).cooling
        limits = (await tuning.constraints()).power
        hot = cooling.hot_c if cooling else None
        return await TARGET.read(session.client), limits, hot

    before, limits, hot = sessions.call(device, ask, ctx)
    if before.mode is TargetMode.POWER and before.watts is None:
        raise conflict(f"{device.name} tells no target, so it could not be set back.")
    for watts in data.watts:
        ranges.require(device.name, "watts", watts, limits, WATTS)
    return before, tuple(data.watts) or _own(device, limits), hot


def _own(device: Device, limits: Limits | None) -> tuple[int, ...]:
    if limits is None:
        raise conflict(f"{device.name} tells no range; give the watts to measure at.")
    values = (limits.least, limits.default, limits.most)
    return tuple(sorted({round(one) for one in values if one is not None}))


def _reason_to_stop(device: Device, run: Run, seen: Seen) -> str:
    if seen.status not in (MinerStatus.NORMAL, MinerStatus.NOT_STARTED):
        return f"{device.name} is {seen.status.value}."
    if run.stop_at_c and seen.hottest_c is not None and seen.hottest_c >= run.stop_at_c:
        return f"A chip is at {seen.hottest_c:g} °C; it ends at {run.stop_at_c:g} °C."
    return ""


def _ended(ctx: Context, device: Device, run: Run, now: Target) -> MinersBaselineRunOut:
    """The result; a cancelled one is a failure that says what is true again."""
    if run.stopped and ctx.cancelled():
        raise conflict(f"Cancelled; {device.name} works towards {in_words(now)} again.")
    ctx.partial = run.stopped is not None
    rated = [one for one in run.done if one.joule_per_terahash is not None]
    best = min(rated, key=lambda one: one.joule_per_terahash or 0.0, default=None)
    return MinersBaselineRunOut(
        device=device.id,
        readings=list(run.done),
        best_watts=best and best.target_watts,
        target=view(now),
        stopped=run.stopped,
    )


def _power(watts: int) -> Target:
    return Target(TargetMode.POWER, watts=watts)


def _back(run: Run, why: str) -> Again:
    return _again(0.0, run.stop(why))


def _again(seconds: float, run: Run) -> Again:
    return Again(seconds, run.model_dump(mode="json"))
