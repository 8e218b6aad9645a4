"""Changes of rollouts that people ask for, from planning one to taking it back."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from apps.fleet import selectors as fleet
from apps.fleet.models import Device
from apps.fleet.models.rollout import (
    Member,
    MemberState,
    PauseCause,
    Phase,
    PhaseState,
    Rollout,
    RolloutState,
)
from apps.fleet.rollouts import carrying, controller
from apps.fleet.rollouts.moves import ENDED, members_move, move, move_phase
from apps.fleet.rollouts.phases import tally
from apps.fleet.rollouts.rules import USUAL, PhaseRules
from apps.fleet.rollouts.schemas import MOST_DEVICES, FleetRolloutCreateIn
from apps.fleet.rollouts.shape import place_of_all, split
from apps.fleet.rollouts.taking_back import earlier_inputs
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, conflict, invalid
from apps.kernel.keyring import reseal
from apps.kernel.redact import redacted
from apps.operations.actors import reference_of
from apps.operations.admitted import act_of
from apps.operations.context import Context

R = RolloutState

#: What somebody needs, at all places of a rollout, to let it ignore windows.
CONFIGURE = "fleet.configure"


def chosen(actor: Actor, data: FleetRolloutCreateIn) -> list[Device]:
    """The devices that the input names or chooses, as they are now; raises `invalid` for none."""
    if data.devices:
        return fleet.devices_named(actor, data.devices, fleet.VIEW)
    rows = fleet.matching(actor, tag=data.tag, site=data.site, kind=data.kind)
    found = list(rows.order_by("site_path", "name")[: MOST_DEVICES + 1])
    if not found:
        raise invalid("site", "no device that you may see is chosen by site, tag and kind.")
    if len(found) > MOST_DEVICES:
        raise invalid("site", f"chooses more than {MOST_DEVICES} devices; choose a smaller place.")
    return found


def rollout_create(
    ctx: Context,
    *,
    name: str,
    operation: str,
    raw: Mapping[str, Any],
    devices: Sequence[Device],
    phases: Sequence[PhaseRules] = (),
    overrides: Mapping[Any, Mapping[str, Any]] | None = None,
    takes_back: Rollout | None = None,
) -> Rollout:
    """Freeze devices into phases; planned where at least one device can be reached.

    `overrides` are fields of the input by device id. Everything is stored, or nothing.
    """
    carrying.carriable(operation, ctx.call.face)
    if carrying.DEVICE in raw:
        raise invalid("input.device", "is left out: the rollout fills it in for each device.")
    rules = list(phases or usual(len(devices)))
    parts = split(list(devices), rules)
    with transaction.atomic():
        rollout = Rollout.system.create(
            tenant_id=ctx.actor.tenant,
            name=name,
            operation=operation,
            input=redacted(dict(raw)),
            sealed_input=carrying.sealed(dict(raw)),
            site_path=place_of_all([device.site_path for device in devices]),
            takes_back=takes_back,
            created_by=ctx.actor.label,
        )
        _freeze(rollout, rules, parts, overrides or {})
        return move(rollout, R.PLANNED, act=act_of(ctx.call, ctx.call.operation))


def usual(count: int) -> Sequence[PhaseRules]:
    """The phases where nobody named any; a single device needs no canary."""
    return USUAL if count > 1 else USUAL[:1]


def rollout_start(ctx: Context, rollout: Rollout, *, not_before: Any = None) -> Rollout:
    """Confirmed, and approved where it had to be: begin now or at its time.

    Each device is reached in the name of the caller, under the rights of that moment.
    """
    act = act_of(ctx.call, ctx.call.operation)
    require(rollout, R.PLANNED)
    move(
        rollout,
        R.APPROVED,
        act=act,
        sentence=f"Confirmed by {ctx.actor.label}.",
        starter=reference_of(ctx.actor),
        face=ctx.call.face.value,
        reason=ctx.call.reason[:500],
        request_id=ctx.call.request_id[:100],
        trace_id=ctx.call.trace_id[:64],
        not_before=not_before,
    )
    if rollout.takes_back is not None:
        move(rollout.takes_back, R.ROLLING_BACK, act=act, sentence=f"By rollout {rollout.name}.")
    if not_before is not None and not_before > clock.now():
        return move(rollout, R.SCHEDULED, act=act, sentence="Waits for its time.")
    return move(rollout, R.RUNNING, act=act, sentence="Begun.", started_at=clock.now())


def rollout_pause(ctx: Context, rollout: Rollout) -> Rollout:
    """Begin with no more devices; those under way are brought to their end."""
    words = f"Paused by {ctx.actor.label}."
    if rollout.state == R.PAUSED and rollout.cause == PauseCause.WINDOW_CLOSED:
        # It would go on by itself, and somebody wants it not to.
        return move(rollout, R.PAUSED, act=_act(ctx), sentence=words, cause=PauseCause.OPERATOR)
    require(rollout, R.RUNNING)
    return move(rollout, R.PAUSING, act=_act(ctx), sentence=words, cause=PauseCause.OPERATOR)


def rollout_resume(
    ctx: Context, rollout: Rollout, *, accept_failures: bool, ignore_windows: bool = False
) -> Rollout:
    """Go on; after a threshold only for somebody who accepts what went wrong so far.

    In an emergency windows and freezes are ignored from now on, for somebody who configures all
    of its places and says why.
    """
    require(rollout, R.PAUSED, R.PAUSING)
    freed = _freed(ctx, rollout) if ignore_windows else {}
    with transaction.atomic():
        for phase in rollout.phases.filter(state=PhaseState.FAILED).select_related("rollout"):
            bad = tally(phase).went_wrong
            if bad and not accept_failures:
                raise conflict(
                    f"{phase.sentence} To go on all the same, resume with accept_failures; "
                    "to stop here, cancel."
                )
            words = f"{ctx.actor.label} accepted {bad} bad ends." if bad else "None went wrong."
            move_phase(phase, PhaseState.RUNNING, sentence=words, tolerated=bad)
        words = f"Resumed by {ctx.actor.label}."
        if freed:
            words = f"{words} Windows and freezes are ignored: {ctx.call.reason}"
        cause = PauseCause.NONE
        return move(rollout, R.RUNNING, act=_act(ctx), sentence=words, cause=cause, **freed)


def _freed(ctx: Context, rollout: Rollout) -> dict[str, Any]:
    """The columns of a rollout that ignores windows; raises without the right or a reason."""
    if not ctx.actor.may_at(CONFIGURE, rollout.site_path):
        raise Failure(
            Code.FORBIDDEN,
            f"To ignore windows and freezes needs {CONFIGURE} at {rollout.site_path}; an "
            "administrator of your tenant may grant it. Without it the rollout waits.",
        )
    if not ctx.call.reason.strip():
        raise invalid("reason", "is needed to ignore windows: what is the emergency?")
    return {"ignores_windows": True}


def rollout_advance(ctx: Context, rollout: Rollout) -> Rollout:
    """Let the next phase begin: the person at the gate has looked."""
    gate = rollout.phases.filter(state=PhaseState.GATE).select_related("rollout").first()
    if gate is None:
        raise conflict(f"Rollout {rollout.name!r} waits at no gate; it is {spoken(rollout)}.")
    require(rollout, R.RUNNING)
    move_phase(gate, PhaseState.PASSED, sentence=f"Let on by {ctx.actor.label}.")
    return rollout


def rollout_cancel(ctx: Context, rollout: Rollout, *, hard: bool) -> Rollout:
    """Begin with nothing more; hard also stops what is under way at its next safe point."""
    if rollout.state in ENDED or rollout.state == R.ROLLING_BACK:
        raise conflict(
            f"Rollout {rollout.name!r} is over ({spoken(rollout)}); nothing is left to cancel."
        )
    words = f"Cancelled by {ctx.actor.label}."
    with transaction.atomic():
        members_move(rollout, MemberState.CANCELLED, detail=words)
        if hard:
            controller.stop_what_runs(rollout)
        if rollout.state == R.CANCELLING:
            return rollout
        begun = rollout.state in (R.RUNNING, R.PAUSING, R.PAUSED)
        to = R.CANCELLING if begun else R.CANCELLED
        return move(rollout, to, act=_act(ctx), sentence=words)


def rollout_rollback(ctx: Context, rollout: Rollout) -> Rollout:
    """Plan another rollout that takes this one back, device by device, where that is known.

    Nothing is begun: it is started like any other. Raises `conflict` where nothing can be
    taken back.
    """
    if rollout.state not in ENDED - {R.ROLLED_BACK}:
        raise conflict(f"Rollout {rollout.name!r} is {spoken(rollout)}; cancel it first.")
    inputs = earlier_inputs(ctx.actor, rollout)
    if not inputs:
        raise conflict(
            f"No device of rollout {rollout.name!r} can be taken back: what it had before is not "
            "known, or no longer there."
        )
    devices = Device.system.filter(id__in=list(inputs)).order_by("site_path", "name")
    return rollout_create(
        ctx,
        name=f"{rollout.name[:88]} (back)",
        operation=rollout.operation,
        raw={},
        devices=list(devices),
        overrides=inputs,
        takes_back=rollout,
    )


def inputs_rotate() -> int:
    """Seal the inputs of all rollouts under the newest key; how many were."""
    return reseal(Rollout.system.all(), "sealed_input")


def require(rollout: Rollout, *states: RolloutState) -> None:
    """Raises `conflict` unless the rollout is in one of these states."""
    if rollout.state not in states:
        wanted = " or ".join(one.label.lower() for one in states)
        raise conflict(
            f"Rollout {rollout.name!r} is {spoken(rollout)}; this needs it to be {wanted}."
        )


def spoken(rollout: Rollout) -> str:
    """Its state as a person says it."""
    return R(rollout.state).label.lower()


def _act(ctx: Context) -> Any:
    return act_of(ctx.call, ctx.call.operation)


def _freeze(
    rollout: Rollout,
    rules: Sequence[PhaseRules],
    parts: Sequence[Sequence[Device]],
    overrides: Mapping[Any, Mapping[str, Any]],
) -> None:
    """The phases and their members, as rows."""
    place = 0
    for number, (one, devices) in enumerate(zip(rules, parts, strict=True)):
        phase = Phase.objects.create(
            rollout=rollout, number=number, name=one.name, rules=one.model_dump(mode="json")
        )
        Member.system.bulk_create(
            Member(
                rollout=rollout,
                phase=phase,
                device=device,
                place=place + index,
                overrides=dict(overrides.get(device.id, {})),
            )
            for index, device in enumerate(devices)
        )
        place += len(devices)
