"""How long real miners take to answer: tenths of a second, and seldom many seconds."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

FASTEST_S: Final = 0.05
SLOWEST_S: Final = 0.5
#: One answer in so many is an outlier.
OUTLIERS: Final = 1 / 500
_LONG_S: Final = (5.0, 8.0)
# The usual answer is nearer to the fast end.
_USUAL_S: Final = 0.12


def network_of(seed: str) -> Callable[[], float]:
    """Draws seconds for each answer, the same ones for the same seed."""
    numbers = random.Random(seed)  # noqa: S311 - a delay, no secret

    def draw() -> float:
        if numbers.random() < OUTLIERS:
            return numbers.uniform(*_LONG_S)
        return numbers.triangular(FASTEST_S, SLOWEST_S, _USUAL_S)

    return draw
