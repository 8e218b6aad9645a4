"""Mixers: set many channels at once by their channel strings, and read them back."""

import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any, Final
from uuid import UUID

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code
from apps.kernel.ids import moment_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanTarget
from apps.qsys.client import ControlState, Mixer, MixerTarget, QsysSession
from apps.qsys.driver import CoreSession
from apps.qsys.models import Control
from apps.qsys.policies import Write, plan_refusals, require
from apps.qsys.schemas.controls import QsysReading
from apps.qsys.schemas.mixers import QsysMixerChannel, QsysMixerSetIn, QsysMixerSetOut
from apps.qsys.services.batches import KEPT_MOST
from apps.qsys.services.controls import RAMP_GRACE, UNKNOWN, is_near, note_cause
from apps.qsys.services.cores import core_of
from apps.qsys.services.many import kept
from apps.qsys.services.names import Named, naming

SIDE: Final = {"Inputs": "input", "Outputs": "output", "Cues": "cue"}
#: How designs name what each method sets, the channels in the order of the target's sides.
NAMES: Final = {
    MixerTarget.CROSSPOINT_GAIN: "input.{}.output.{}.gain",
    MixerTarget.CROSSPOINT_DELAY: "input.{}.output.{}.delay",
    MixerTarget.CROSSPOINT_MUTE: "input.{}.output.{}.mute",
    MixerTarget.CROSSPOINT_SOLO: "input.{}.output.{}.solo",
    MixerTarget.INPUT_GAIN: "input.{}.gain",
    MixerTarget.INPUT_MUTE: "input.{}.mute",
    MixerTarget.INPUT_SOLO: "input.{}.solo",
    MixerTarget.OUTPUT_GAIN: "output.{}.gain",
    MixerTarget.OUTPUT_MUTE: "output.{}.mute",
    MixerTarget.CUE_GAIN: "cue.{}.gain",
    MixerTarget.CUE_MUTE: "cue.{}.mute",
    MixerTarget.INPUT_CUE_ENABLE: "input.{}.cue.{}.enable",
    MixerTarget.INPUT_CUE_AFL: "input.{}.cue.{}.afl",
}

Read = dict[str, QsysReading]


def mixer_set(ctx: Context, data: QsysMixerSetIn) -> QsysMixerSetOut:
    """Set channels of a mixer, and read back those that it exposes."""
    device = core_of(ctx.actor, data.device)
    meant, before = _look(ctx, device, data)
    require(ctx, device, _writes(data, meant, before))

    async def act(session: CoreSession) -> Read:
        await note_cause(ctx, device.id, [((data.mixer, name), data.ramp) for name in meant.names])
        await Mixer(session.qrc, data.mixer).set(
            data.what,
            data.value,
            inputs=data.inputs,
            outputs=data.outputs,
            cues=data.cues,
            ramp=data.ramp,
        )
        return await _read(session.qrc, data, meant.names)

    with naming(device, ctx, [Named("mixer", data.mixer)]):
        after = sessions.call(device, act, ctx, changing=True)
    ctx.before, ctx.after = _told(data, before), _told(data, after)
    return set_out(device, data, before, after)


def set_out(device: Device, data: QsysMixerSetIn, before: Read, after: Read) -> QsysMixerSetOut:
    """The answer to a set."""
    return QsysMixerSetOut(
        device=device.id,
        mixer=data.mixer,
        channels=[
            QsysMixerChannel(control=name, before=before.get(name, UNKNOWN), after=found)
            for name, found in after.items()
        ],
        confirmed=is_as_asked(data, after),
    )


def is_as_asked(data: QsysMixerSetIn, found: Read) -> bool:
    """Whether every channel that can be read is what was asked for."""
    return bool(found) and all(is_near(data.value, one.value) for one in found.values())


@dataclass(frozen=True, slots=True)
class Meant:
    """The controls that the channel strings mean, of those a mixer exposes.

    `whole` tells that these are all: no channel is meant that nobody can see.
    """

    names: list[str]
    whole: bool


def meant_of(exposed: set[str], data: QsysMixerSetIn) -> Meant:
    """What is meant, of the names that are known."""
    there = {side: _channels(exposed, side) for side in data.what.sides}
    picked = [data.chosen(side, there[side]) for side in data.what.sides]
    names = [NAMES[data.what].format(*combination) for combination in product(*picked)]
    seen = [name for name in names if name in exposed]
    asked = all(set(data.counted(side)) <= set(there[side]) for side in data.what.sides)
    return Meant(seen, whole=bool(names) and len(seen) == len(names) and asked)


def _look(ctx: Context, device: Device, data: QsysMixerSetIn) -> tuple[Meant, Read]:
    """What is meant and what it is now, by the Core's own account."""

    async def ask(session: CoreSession) -> tuple[Meant, Read]:
        exposed = {one.name for one in await session.qrc.controls(data.mixer)}
        meant = meant_of(exposed, data)
        return meant, await _read(session.qrc, data, meant.names)

    with naming(device, ctx, [Named("mixer", data.mixer)]):
        return sessions.call(device, ask, ctx)


def _writes(data: QsysMixerSetIn, meant: Meant, now: Read) -> list[Write]:
    """The set as policies judge it; what is not exposed counts as any control of its kind."""
    number = not data.what.is_switch
    asked = float(data.value) if number else None
    found = [
        Write(data.mixer, name, number, asked, _number(now.get(name), number))
        for name in meant.names
    ]
    if not meant.whole:
        kind = NAMES[data.what].replace("{}", "*")
        found.append(Write(data.mixer, kind, number, asked, vague=True))
    return found


def _number(one: QsysReading | None, number: bool) -> float | None:
    if one is None or not number or one.value is None or isinstance(one.value, str):
        return None
    return float(one.value)


def mixer_set_writes(actor: Actor, data: QsysMixerSetIn) -> tuple[Device, list[Write]]:
    """The Core and the controls that are meant, as the dictionary knows them, for the policies."""
    device = core_of(actor, data.device)
    rows = Control.system.filter(device=device, component=data.mixer)
    exposed = set(rows.values_list("name", flat=True))
    return device, _writes(data, meant_of(exposed, data), {})


def _channels(exposed: set[str], side: str) -> list[int]:
    number = re.compile(rf"(?:^|\.){SIDE[side]}\.(\d+)\.")
    return sorted({int(found[1]) for name in exposed if (found := number.search(name))})


async def _read(qrc: QsysSession, data: QsysMixerSetIn, names: list[str]) -> Read:
    states = await qrc.component_get(data.mixer, names) if names else []
    return {one.name: _reading(one) for one in states}


def _reading(state: ControlState) -> QsysReading:
    return QsysReading(value=state.value, string=state.string, position=state.position)


def _told(data: QsysMixerSetIn, found: Read) -> dict[str, Any]:
    return kept([((data.mixer, name), one) for name, one in found.items()], KEPT_MOST)


def mixer_set_plan(ctx: Context, data: QsysMixerSetIn) -> Plan:
    """Every channel that would change, with what it is now."""
    device = core_of(ctx.actor, data.device)
    meant, found = _look(ctx, device, data)
    return Plan(
        targets=(PlanTarget(kind="device", id=device.id, label=device.name),),
        changes=tuple(
            PlanChange(
                target=device.id,
                what=f"{data.mixer} / {name}",
                before=one.model_dump(),
                after=data.value,
            )
            for name, one in found.items()
        ),
        refusals=plan_refusals(ctx, device, _writes(data, meant, found)),
    )


def mixer_set_settle(ctx: Context, data: QsysMixerSetIn, intent: UUID) -> Outcome | None:
    """Read the channels: as asked means done; with a ramp still running, ask later."""
    device = core_of(ctx.actor, data.device)
    _, found = _look(ctx, device, data)
    if is_as_asked(data, found):
        return Outcome.done(set_out(device, data, {}, found))
    if not found:
        return Outcome.not_done(
            Code.INDETERMINATE,
            f"{data.mixer} does not expose these channels, so nobody can ask what they are. "
            "Set them again: that does no harm.",
        )
    if clock.now() < moment_of(ctx.call.id) + timedelta(seconds=data.ramp + RAMP_GRACE):
        return None
    return Outcome.not_done(
        Code.DEVICE_REJECTED, f"{data.mixer} is not as asked; the command did not take effect."
    )
