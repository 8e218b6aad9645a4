"""What moves by itself: one round of values, rendered once and shared by all alike meters."""

from __future__ import annotations

import functools
import math
from typing import Final

import msgspec

from apps.qsys.simulator import rendering
from apps.qsys.simulator.spec import ControlSpec

#: Values in a round; a meter of up to 7 s a swing then differs at every poll of 33 Hz.
STEPS: Final = 256
#: Seconds of the small, fast part of the movement, without which peaks would stand still.
FLUTTER: Final = 0.37
_ONE: Final = "x"


class Tail(msgspec.Struct, rename="pascal"):
    """The part of a control's JSON that changes."""

    value: float | bool
    string: str
    position: float


class Round:
    """The values of one kind of meter over one swing, and their JSON, made when first needed."""

    def __init__(self, spec: ControlSpec) -> None:
        assert spec.meter is not None
        self._spec = spec
        self._meter = spec.meter
        self._tails: list[bytes | None] = [None] * STEPS

    def step(self, now: float) -> int:
        """Where in the round a time (s) lies."""
        return int(now / self._meter.period * STEPS) % STEPS

    def value(self, step: int) -> float:
        """The value there, as a control takes it."""
        meter, turn = self._meter, math.tau * step / STEPS
        flutters = max(1, round(meter.period / FLUTTER))
        level = 0.9 * math.sin(turn) + 0.1 * math.sin(turn * flutters + 1)
        return rendering.clamp(self._spec, meter.middle + meter.swing * level)

    def tail(self, step: int) -> bytes:
        """The end of the JSON there, to follow a control's head."""
        found = self._tails[step]
        if found is None:
            value = self.value(step)
            string = rendering.render(self._spec, value)
            found = self._tails[step] = tail_of(self._spec, value, string=string, shown=value)
        return found


def round_of(spec: ControlSpec) -> Round:
    """The round of a metered control; alike ones share it, whatever their names."""
    return _rounds(msgspec.structs.replace(spec, name=_ONE, legend="", text=""))


@functools.lru_cache(maxsize=1024)
def _rounds(spec: ControlSpec) -> Round:
    return Round(spec)


def tail_of(spec: ControlSpec, value: float, *, string: str, shown: float | bool) -> bytes:
    """`"Value":...,"String":...,"Position":...}` of a value that is `shown` so on the wire."""
    return msgspec.json.encode(Tail(shown, string, rendering.position(spec, value)))[1:]
