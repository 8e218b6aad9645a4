"""How long the poller of miners waits for what, in seconds; tests take shorter ones."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Times:
    """`devices`: between two looks at which devices there are; `flush`: between two writes;
    `parts`: between two readings of boards, fans and pools, which change slowly.

    `first_pause` doubles with every failure in a row, up to `longest_pause`.
    """

    devices: float = 5.0
    flush: float = 1.0
    parts: float = 60.0
    connect: float = 5.0
    first_pause: float = 2.0
    longest_pause: float = 30.0

    def pause(self, failures: int) -> float:
        """The longest pause after so many failures in a row."""
        return min(self.longest_pause, self.first_pause * 2.0 ** min(failures - 1, 10))


TIMES: Final = Times()
