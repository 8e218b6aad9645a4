"""The mixer methods of a simulated Core: channel strings become moves of single controls."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Final

import msgspec

from apps.qsys.simulator import channels
from apps.qsys.simulator.core import Component
from apps.qsys.simulator.lookup import component, take
from apps.qsys.simulator.peer import Method, Peer
from apps.qsys.simulator.rpc import ILLEGAL_CHANNEL, INVALID_PARAMS, UNKNOWN_COMPONENT, RpcError

#: Method, the control it moves, and the sides whose channels fill the control's name in order.
FORMS: Final = {
    "SetCrossPointGain": ("input.{}.output.{}.gain", ("inputs", "outputs")),
    "SetCrossPointDelay": ("input.{}.output.{}.delay", ("inputs", "outputs")),
    "SetCrossPointMute": ("input.{}.output.{}.mute", ("inputs", "outputs")),
    "SetCrossPointSolo": ("input.{}.output.{}.solo", ("inputs", "outputs")),
    "SetInputGain": ("input.{}.gain", ("inputs",)),
    "SetInputMute": ("input.{}.mute", ("inputs",)),
    "SetInputSolo": ("input.{}.solo", ("inputs",)),
    "SetOutputGain": ("output.{}.gain", ("outputs",)),
    "SetOutputMute": ("output.{}.mute", ("outputs",)),
    "SetCueGain": ("cue.{}.gain", ("cues",)),
    "SetCueMute": ("cue.{}.mute", ("cues",)),
    "SetInputCueEnable": ("input.{}.cue.{}.enable", ("inputs", "cues")),
    "SetInputCueAfl": ("input.{}.cue.{}.afl", ("inputs", "cues")),
}
SIDE: Final = {"inputs": "input", "outputs": "output", "cues": "cue"}


class MixerParams(msgspec.Struct, rename="pascal"):
    """What every mixer method takes; which channel strings count depends on the method."""

    name: str
    value: float | bool
    inputs: str = ""
    outputs: str = ""
    cues: str = ""
    ramp: float = 0.0


def set_channels(method: str, peer: Peer, params: Any) -> Any:
    """One of the methods in FORMS."""
    given = take(params, MixerParams)
    owner = component(peer, given.name)
    if owner.spec.type != "mixer":
        raise RpcError(UNKNOWN_COMPONENT, f"'{given.name}' is no mixer")
    form, sides = FORMS[method]
    picked = [_picked(owner, side, getattr(given, side)) for side in sides]
    peer.core.advance()
    for name in _names(form, picked):
        peer.core.move(owner.controls[name], float(given.value), given.ramp)
    return peer.core.dialect.ack


def _names(form: str, picked: list[list[int]]) -> list[str]:
    if len(picked) == 1:
        return [form.format(one) for one in picked[0]]
    return [form.format(one, other) for one in picked[0] for other in picked[1]]


def _picked(owner: Component, side: str, text: str) -> list[int]:
    """The channels that a string names; raises error 9 for one that the mixer does not have."""
    word = re.compile(rf"{SIDE[side]}\.(\d+)\.")
    there = sorted({int(found[1]) for name in owner.controls if (found := word.match(name))})
    try:
        named = channels.expand(text, there)
    except ValueError as error:
        raise RpcError(INVALID_PARAMS, f"Invalid params: {side}: {error}") from error
    if named is None:
        raise RpcError(ILLEGAL_CHANNEL, f"Illegal mixer channel in '{text}'")
    return named


METHODS: Final[dict[str, Method]] = {
    f"Mixer.{method}": partial(set_channels, method) for method in FORMS
}
