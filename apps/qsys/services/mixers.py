"""Mixers: set many channels at once by their channel strings, and read them back."""

import re
from datetime import timedelta
from itertools import product
from typing import Any, Final
from uuid import UUID

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.errors import Code
from apps.kernel.ids import moment_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanTarget
from apps.qsys.client import ControlState, Mixer, MixerTarget, QsysSession
from apps.qsys.driver import CoreSession
from apps.qsys.schemas.controls import QsysReading
from apps.qsys.schemas.mixers import QsysMixerChannel, QsysMixerSetIn, QsysMixerSetOut
from apps.qsys.services.batches import KEPT_MOST
from apps.qsys.services.controls import RAMP_GRACE, UNKNOWN, is_near
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

    async def act(session: CoreSession) -> tuple[Read, Read]:
        names = await _meant(session.qrc, data)
        before = await _read(session.qrc, data, names)
        await Mixer(session.qrc, data.mixer).set(
            data.what,
            data.value,
            inputs=data.inputs,
            outputs=data.outputs,
            cues=data.cues,
            ramp=data.ramp,
        )
        return before, await _read(session.qrc, data, names)

    with naming(device, ctx, [Named("mixer", data.mixer)]):
        before, after = sessions.call(device, act, ctx, changing=True)
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


async def _meant(qrc: QsysSession, data: QsysMixerSetIn) -> list[str]:
    """The names of the controls that the channel strings mean, of those the mixer exposes."""
    exposed = {one.name for one in await qrc.controls(data.mixer)}
    picked = [data.chosen(side, _channels(exposed, side)) for side in data.what.sides]
    names = [NAMES[data.what].format(*combination) for combination in product(*picked)]
    return [name for name in names if name in exposed]


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

    async def ask(session: CoreSession) -> Read:
        return await _read(session.qrc, data, await _meant(session.qrc, data))

    with naming(device, ctx, [Named("mixer", data.mixer)]):
        found = sessions.call(device, ask, ctx)
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
    )


def mixer_set_settle(ctx: Context, data: QsysMixerSetIn, intent: UUID) -> Outcome | None:
    """Read the channels: as asked means done; with a ramp still running, ask later."""
    device = core_of(ctx.actor, data.device)

    async def ask(session: CoreSession) -> Read:
        return await _read(session.qrc, data, await _meant(session.qrc, data))

    found = sessions.call(device, ask, ctx)
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
