"""Delays between attempts to reconnect: growing, jittered, without end."""

from __future__ import annotations

import random
from collections.abc import Iterator


def delays(
    first: float = 1.0, most: float = 30.0, *, rng: random.Random | None = None
) -> Iterator[float]:
    """Seconds to wait before attempt 1, 2, ...: doubling from `first` up to `most`.

    Each is drawn from the upper half of its step, so that the clients of a Core which comes back
    do not all arrive at once, and none arrives at once after a failure.
    """
    if not 0 < first <= most:
        raise ValueError("give 0 < first <= most, in seconds")
    draw = rng or random.Random()  # noqa: S311  spreads load, guards nothing
    step = first
    while True:
        yield draw.uniform(step / 2, step)
        step = min(step * 2, most)
