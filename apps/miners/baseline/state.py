"""What a baseline carries from step to step: all of it lies in the job's row."""

from datetime import datetime, timedelta
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict

from apps.kernel import clock
from apps.miners.schemas.baselines import MinersBaselineReading

#: The share of the time at a target in which the miner comes to rest, unmeasured.
SETTLING: Final = 1 / 3


class Sums(BaseModel):
    """Readings at one target, added up."""

    model_config = ConfigDict(frozen=True)

    readings: int = 0
    watts: float = 0.0
    terahash: float = 0.0
    hottest_c: float | None = None

    def plus(self, watts: float, terahash: float, hottest_c: float | None) -> "Sums":
        """With one reading more."""
        heats = [heat for heat in (self.hottest_c, hottest_c) if heat is not None]
        return Sums(
            readings=self.readings + 1,
            watts=self.watts + watts,
            terahash=self.terahash + terahash,
            hottest_c=max(heats, default=None),
        )

    def reading(self, target_watts: int) -> MinersBaselineReading:
        """The means; there is at least one reading."""
        watts, terahash = self.watts / self.readings, self.terahash / self.readings
        return MinersBaselineReading(
            target_watts=target_watts,
            watts=round(watts, 1),
            terahash=round(terahash, 3),
            joule_per_terahash=round(watts / terahash, 2) if terahash else None,
            hottest_c=self.hottest_c,
            readings=self.readings,
        )


class Run(BaseModel):
    """A baseline on its way. `before` is the miner's own target as the aspect writes it down.

    `since` is when the present phase began; `stopped` says why it goes back early.
    """

    model_config = ConfigDict(frozen=True)

    watts: tuple[int, ...]
    before: Any
    stop_at_c: float | None
    phase: Literal["set", "measure", "restore"] = "set"
    since: datetime
    index: int = 0
    sums: Sums = Sums()
    done: tuple[MinersBaselineReading, ...] = ()
    stopped: str | None = None

    @property
    def target_watts(self) -> int:
        """The target in turn."""
        return self.watts[self.index]

    def lasted(self) -> timedelta:
        """How long the present phase has lasted."""
        return clock.now() - self.since

    def measuring(self) -> Self:
        """The target in turn was taken."""
        return self._with(phase="measure", since=clock.now(), sums=Sums())

    def added(self, sums: Sums) -> Self:
        """A reading was taken."""
        return self._with(sums=sums)

    def next(self) -> Self:
        """The target in turn is measured: the one after it, or the way back."""
        done = (*self.done, self.sums.reading(self.target_watts))
        last = self.index + 1 == len(self.watts)
        return self._with(
            done=done,
            phase="restore" if last else "set",
            index=self.index if last else self.index + 1,
            since=clock.now(),
        )

    def stop(self, why: str) -> Self:
        """Go back early."""
        return self._with(phase="restore", since=clock.now(), stopped=why)

    def _with(self, **fields: Any) -> Self:
        return self.model_copy(update=fields)
