"""What a scenario adds to its client class: what it says of itself, and how it is judged."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.load.bench import Bench
from tests.load.locust.measured import Measured


@dataclass(frozen=True)
class Run:
    """How a scenario was run. `rate` is in calls a second, `before` and `after` are metrics."""

    measured: Measured
    users: int
    rate: float
    state: Path
    before: dict[str, float]
    after: dict[str, float]

    def grown(self, name: str) -> float:
        """By how much a metric grew meanwhile."""
        return self.after.get(name, 0.0) - self.before.get(name, 0.0)


class Scenario(Protocol):
    """A client class that knows its limits."""

    file_name: str

    @classmethod
    def begin(cls, options: Any) -> None:
        """Before the first client; `options` are locust's."""

    @classmethod
    def says(cls, run: Run) -> str:
        """What was measured, in a line."""

    @classmethod
    def judge(cls, bench: Bench, run: Run) -> None:
        """Put each figure beside its limit."""
