"""Mixers by channel strings: gains, mutes, solos, delays and cues of many channels at once."""

from __future__ import annotations

from collections.abc import Mapping
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
            return ("Inputs", "Cues")
        if "Cue" in self:
            return ("Cues",)
        return ("Inputs",) if "Input" in self else ("Outputs",)

    def require(self, value: float | bool, sides: Mapping[str, str], *, ramp: float = 0.0) -> None:
        """Raises ValueError with a sentence for what cannot be meant.

        `sides` maps Inputs, Outputs and Cues to channel strings, empty where not given.
        """
        for side, text in sides.items():
            if side in self.sides and not text:
                raise ValueError(f"{self} needs {side.lower()}, such as '1', '1-4' or '*'")
            if text and side not in self.sides:
                raise ValueError(f"{self} takes no {side.lower()}")
            if text:
                channels.parse(text)
        if self.is_switch and value not in (0, 1):
            raise ValueError(f"{self} takes true or false")
        if ramp and not self.takes_ramp:
            raise ValueError(f"{self} takes no ramp: it is a switch")


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

        Raises ValueError for what cannot be meant, before anything is sent, and QsysRejected 9
        for a channel that the mixer does not have.
        """
        sides = {"Inputs": inputs, "Outputs": outputs, "Cues": cues}
        target.require(value, sides, ramp=ramp)
        params: dict[str, Any] = {"Name": self.name, **{side: sides[side] for side in target.sides}}
        params["Value"] = bool(value) if target.is_switch else float(value)
        if ramp:
            params["Ramp"] = ramp
        await self._session.ask(f"Mixer.{target}", params, timeout=timeout)
