"""The one clock of the product, so that a test can move time instead of sleeping."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar


class Clock(Protocol):
    """Wall time for what is stored, monotonic time for what is measured."""

    def now(self) -> datetime:
        """The present instant, in UTC."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    monotonic = staticmethod(time.monotonic)


class ManualClock:
    """A clock that stands until it is told to move (tests, previews)."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._monotonic = 1_000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move both clocks forward by `seconds`."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def set_by(self, seconds: float) -> None:
        """Move the wall clock alone, as somebody who sets it does."""
        self._now += timedelta(seconds=seconds)


_current: list[Clock] = [SystemClock()]


def now() -> datetime:
    """The present instant, in UTC."""
    return _current[-1].now()


def monotonic() -> float:
    """Seconds on a clock that never goes back."""
    return _current[-1].monotonic()


C = TypeVar("C", bound=Clock)


@contextmanager
def using(clock: C) -> Iterator[C]:
    """Replace the clock of this process within the block."""
    _current.append(clock)
    try:
        yield clock
    finally:
        _current.pop()
