"""Mixers by channel strings: gains, mutes, solos, delays and cues of many channels at once."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from apps.qsys.client import channels

if TYPE_CHECKING:
    from apps.qsys.client.session import QsysSession


class MixerTarget(StrEnum):
    """What of a mixer is set; the method's name on the wire."""

    CROSSPOINT_GAIN = "SetCrossPointGain"
    CROSSPOINT_DELAY = "SetCrossPointDelay"
    CROSSPOINT_MUTE = "SetCrossPointMute"
    CROSSPOINT_SOLO = "SetCrossPointSolo"
    INPUT_GAIN = "SetInputGain"
    INPUT_MUTE = "SetInputMute"
    INPUT_SOLO = "SetInputSolo"
    OUTPUT_GAIN = "SetOutputGain"
    OUTPUT_MUTE = "SetOutputMute"
    CUE_GAIN = "SetCueGain"
    CUE_MUTE = "SetCueMute"
    INPUT_CUE_ENABLE = "SetInputCueEnable"
    INPUT_CUE_AFL = "SetInputCueAfl"

    @property
    def is_switch(self) -> bool:
        """Whether the value is true or false instead of a number."""
        return not self.endswith(("Gain", "Delay"))

    @property
    def takes_ramp(self) -> bool:
        """Whether the Core can get there gradually."""
        return self.endswith(("Gain", "Delay"))

    @property
    def sides(self) -> tuple[str, ...]:
        """Which channel strings it needs, as the protocol names them."""
        if "CrossPoint" in self:
            return ("Inputs", "Outputs")
        if self in (MixerTarget.INPUT_CUE_ENABLE, MixerTarget.INPUT_CUE_AFL):
            return ("Cues", "Inputs")
        if "Cue" in self:
            return ("Cues",)
        return ("Inputs",) if "Input" in self else ("Outputs",)


class Mixer:
    """A handle on one mixer. The protocol only sets mixers: read back with `component_get`."""

    def __init__(self, session: QsysSession, name: str) -> None:
        self.name = name
        self._session = session

    async def set(
        self,
        target: MixerTarget,
        value: float | bool,
        *,
        inputs: str = "",
        outputs: str = "",
        cues: str = "",
        ramp: float = 0.0,
        timeout: float | None = None,
    ) -> None:
        """Set channels; gains in dB, delays in the unit of the mixer, `ramp` in seconds.

        Raises ValueError for a missing or unreadable channel string and for a value of the wrong
        kind, before anything is sent; QsysRejected 9 for a channel that the mixer does not have.
        """
        params = self._params(target, {"Inputs": inputs, "Outputs": outputs, "Cues": cues})
        params["Value"] = _value(target, value)
        if ramp and not target.takes_ramp:
            raise ValueError(f"{target} takes no ramp: it is a switch")
        if ramp:
            params["Ramp"] = ramp
        await self._session.ask(f"Mixer.{target}", params, timeout=timeout)

    def _params(self, target: MixerTarget, given: dict[str, str]) -> dict[str, Any]:
        for side in target.sides:
            if not given[side]:
                raise ValueError(f"{target} needs {side.lower()}, such as '1', '1-4' or '*'")
            channels.parse(given[side])
        idle = [side.lower() for side in given if given[side] and side not in target.sides]
        if idle:
            raise ValueError(f"{target} takes no {' and no '.join(idle)}")
        return {"Name": self.name, **{side: given[side] for side in target.sides}}


def _value(target: MixerTarget, value: float | bool) -> float | bool:
    if target.is_switch:
        if value not in (0, 1):
            raise ValueError(f"{target} takes true or false")
        return bool(value)
    return float(value)
