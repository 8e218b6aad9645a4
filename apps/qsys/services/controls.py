"""Status, components and controls of a live Core: ask, set, read back, settle."""

import asyncio
import math
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import moment_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanTarget
from apps.qsys.client import ControlState, QsysSession
from apps.qsys.driver import CoreSession
from apps.qsys.errors import UnknownName
from apps.qsys.policies import Write, of_paths, of_settings, plan_refusals, require
from apps.qsys.schemas.controls import (
    QsysComponentListIn,
    QsysComponentListOut,
    QsysComponentOut,
    QsysControlGetIn,
    QsysControlGetOut,
    QsysControlOut,
    QsysControlSetIn,
    QsysControlSetOut,
    QsysCoreStatusIn,
    QsysCoreStatusOut,
    QsysReading,
)
from apps.qsys.schemas.fields import Scalar
from apps.qsys.services.cores import core_of, origin_of
from apps.qsys.services.many import asked
from apps.qsys.services.names import Named, naming, path
from apps.qsys.telemetry import causes

NO_COMPONENTS = (
    "The Core exposes no component. In the design, give components a Code Name and set their "
    "Script Access to External or All, then deploy it again."
)
#: Values come as 32-bit floats; this much of a difference is rounding.
TOLERANCE = 1e-4

#: Seconds a ramp may end later than its set was asked for.
RAMP_GRACE = 5.0

#: What a control was before, when nobody read it.
UNKNOWN = QsysReading(value=None, string="", position=None)


def core_status(ctx: Context, data: QsysCoreStatusIn) -> QsysCoreStatusOut:
    """Ask the Core for its engine status."""
    device = core_of(ctx.actor, data.device)

    async def ask(session: CoreSession) -> QsysCoreStatusOut:
        status = await session.qrc.status()
        return QsysCoreStatusOut(
            device=device.id,
            name=device.name,
            platform=status.platform,
            state=status.state,
            design=status.design_name,
            design_code=status.design_code,
            redundant=status.is_redundant,
            emulator=status.is_emulator,
            status_code=status.status.code,
            status=status.status.string,
        )

    return sessions.call(device, ask, ctx)


def component_list(ctx: Context, data: QsysComponentListIn) -> QsysComponentListOut:
    """Ask the Core which components it exposes."""
    device = core_of(ctx.actor, data.device)

    async def ask(session: CoreSession) -> list[QsysComponentOut]:
        found = await session.qrc.components()
        return [QsysComponentOut(name=one.name, type=one.type) for one in found]

    everything = sessions.call(device, ask, ctx)
    wanted = sorted(
        (
            one
            for one in everything
            if data.contains.lower() in one.name.lower() and data.type in ("", one.type)
        ),
        key=lambda one: one.name,
    )
    return QsysComponentListOut(
        components=wanted[: data.limit],
        total=len(wanted),
        hint=None if everything else NO_COMPONENTS,
    )


def control_get(ctx: Context, data: QsysControlGetIn) -> QsysControlGetOut:
    """Ask the Core for the state of controls."""
    device = core_of(ctx.actor, data.device)

    async def ask(session: CoreSession) -> list[ControlState]:
        if data.component is None:
            return await session.qrc.control_get(data.controls)
        if data.controls:
            return await session.qrc.component_get(data.component, data.controls)
        return await session.qrc.controls(data.component)

    owner = [] if data.component is None else [Named("component", data.component)]
    names = [
        Named(f"controls.{number}", data.component, name)
        for number, name in enumerate(data.controls)
    ]
    with naming(device, ctx, [*owner, *names]):
        states = sessions.call(device, ask, ctx)
    return QsysControlGetOut(controls=[_control_out(data.component, one) for one in states])


def _control_out(component: str | None, state: ControlState) -> QsysControlOut:
    return QsysControlOut(
        component=state.component or component,
        control=state.name,
        value=state.value,
        string=state.string,
        position=state.position,
        type=state.type,
        direction=state.direction,
        minimum=state.value_min,
        maximum=state.value_max,
    )


# -- set


def control_set(ctx: Context, data: QsysControlSetIn) -> QsysControlSetOut:
    """Set a control and read it back: a Core clamps in silence."""
    device = core_of(ctx.actor, data.device)
    before = look(ctx, device, data)
    require_expected(data, before)
    require(ctx, device, writes(device, data, before))

    async def act(session: CoreSession) -> QsysReading:
        await note_cause(ctx, device.id, [((data.component, data.control), data.ramp)])
        await _write(session.qrc, data)
        return await _read(session.qrc, data)

    with naming(device, ctx, path(data.component, data.control)):
        after = sessions.call(device, act, ctx, changing=True)
    return set_out(device, data, before, after)


def look(ctx: Context, device: Device, data: QsysControlSetIn) -> QsysReading:
    """What the control is now."""

    async def ask(session: CoreSession) -> QsysReading:
        return await _read(session.qrc, data)

    with naming(device, ctx, path(data.component, data.control)):
        return sessions.call(device, ask, ctx)


def writes(device: Device, data: QsysControlSetIn, before: QsysReading) -> list[Write]:
    """The set as policies judge it."""
    one = asked(data)
    return of_settings(device, [one], {one.path: before})


def control_set_writes(actor: Actor, data: QsysControlSetIn) -> tuple[Device, list[Write]]:
    """The Core and the control that a set is about, for the policies."""
    return core_of(actor, data.device), of_paths([(data.component, data.control)])


def require_expected(data: QsysControlSetIn, before: QsysReading) -> None:
    """Raises `conflict` when the control is not what the caller believes it to be."""
    if data.expect is None or before.string == data.expect or is_near(data.expect, before.value):
        return
    raise Failure(
        Code.CONFLICT,
        f"{data.control} is {before.string} now, not {data.expect} as you expected; nothing was "
        "sent. Read it again and decide anew.",
    )


async def note_cause(
    ctx: Context, device_id: UUID, paths: Sequence[tuple[tuple[str | None, str], float]]
) -> None:
    """So that changes, when a poll sees them, are stored with who made them and by which call.

    `paths` are controls with the seconds of their ramp.
    """
    origin, at_us = origin_of(ctx), int(clock.now().timestamp() * 1e6)

    def leave() -> None:
        many = len(paths) > 1
        for (component, control), ramp in paths:
            causes.leave(device_id, component, control, origin, at_us=at_us, ramp=ramp, many=many)

    await asyncio.to_thread(leave)


def set_out(
    device: Device, data: QsysControlSetIn, before: QsysReading, after: QsysReading
) -> QsysControlSetOut:
    """The answer to a set."""
    return QsysControlSetOut(
        device=device.id,
        component=data.component,
        control=data.control,
        before=before,
        after=after,
        confirmed=is_as_asked(data, after),
    )


async def _read(qrc: QsysSession, data: QsysControlSetIn) -> QsysReading:
    if data.component is None:
        states = await qrc.control_get([data.control])
    else:
        states = await qrc.component_get(data.component, [data.control])
    if not states:
        raise UnknownName("control", f"The Core knows no control {data.control!r}.")
    return QsysReading(value=states[0].value, string=states[0].string, position=states[0].position)


async def _write(qrc: QsysSession, data: QsysControlSetIn) -> None:
    one = asked(data).to
    if data.component is None:
        result = await qrc.control_set(one)
    else:
        result = await qrc.component_set(data.component, [one])
    if data.control in result.unknown:
        raise UnknownName("control", f"The Core knows no control {data.control!r}.")


def is_as_asked(data: QsysControlSetIn, found: QsysReading) -> bool:
    """Whether a reading is what was asked for, up to the rounding of 32-bit floats."""
    if data.string is not None:
        return found.string == data.string
    asked, have = (
        (data.position, found.position) if data.position is not None else (data.value, found.value)
    )
    return is_near(asked, have)


def is_near(asked: Scalar, have: Scalar) -> bool:
    """Whether two values are the same number, up to the rounding of 32-bit floats."""
    if asked is None or have is None or isinstance(asked, str) or isinstance(have, str):
        return False
    return math.isclose(float(asked), float(have), rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def control_set_plan(ctx: Context, data: QsysControlSetIn) -> Plan:
    """What the set would change; the reading before it is live and not part of the hash."""
    device = core_of(ctx.actor, data.device)
    before = look(ctx, device, data)
    wanted = next(item for item in (data.value, data.position, data.string) if item is not None)
    where = f"{data.component} / {data.control}" if data.component else data.control
    return Plan(
        targets=(PlanTarget(kind="device", id=device.id, label=device.name),),
        changes=(
            PlanChange(target=device.id, what=where, before=before.model_dump(), after=wanted),
        ),
        refusals=plan_refusals(ctx, device, writes(device, data, before)),
    )


def control_settle(ctx: Context, data: QsysControlSetIn, intent: UUID) -> Outcome | None:
    """Read the control: as asked means done; with a ramp still running, ask later."""
    device = core_of(ctx.actor, data.device)
    try:
        found = look(ctx, device, data)
    except Failure as failure:
        if failure.code is Code.NOT_FOUND:
            return Outcome.not_done(Code.NOT_FOUND, failure.detail)
        raise
    if is_as_asked(data, found):
        return Outcome.done(set_out(device, data, UNKNOWN, found))
    if clock.now() < moment_of(ctx.call.id) + timedelta(seconds=data.ramp + RAMP_GRACE):
        return None
    return Outcome.not_done(
        Code.DEVICE_REJECTED, f"The control is {found.string}; the command did not take effect."
    )
