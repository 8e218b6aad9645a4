"""The polls of one change group on its grid: no task wakes for them, no timer is made for each."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from apps.kernel import clock
from apps.qsys.client import ChangeGroup, Poll, QsysError, QsysUnreachable
from apps.qsys.poller.grid import Grid
from apps.qsys.poller.metronome import Metronome
from apps.qsys.telemetry import metrics


class GridPolls:
    """Asks at each tick of `grid`, one poll at a time, and hands each to `take`.

    `take` gets how many ticks were missed, too; it must not wait, and what it raises ends the
    polls. `patience` is how long (s) an answer may take.
    """

    def __init__(
        self,
        group: ChangeGroup,
        grid: Grid,
        metronome: Metronome,
        take: Callable[[Poll, int], None],
        *,
        patience: float,
    ) -> None:
        self._grid = grid
        self._metronome = metronome
        self._take = take
        self._patience = patience
        self._standing = group.standing(self._answered, self._failed)
        self._asked: float | None = None
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Poll until it fails; raises why."""
        self._metronome.at(self._grid.next, self._tick)
        try:
            while not self._over.done():
                await asyncio.wait((self._over,), timeout=self._left())
                if not self._over.done() and self._left() <= 0:
                    raise self._standing.unanswered(self._patience)
            self._over.result()
        finally:
            self._standing.forget()
            if not self._over.cancel():
                with suppress(Exception):
                    self._over.result()

    def _left(self) -> float:
        """Seconds until the poll in flight, or one that is sent now, counts as unanswered."""
        asked = self._asked
        return self._patience - (0 if asked is None else clock.monotonic() - asked)

    def _tick(self) -> None:
        if self._over.done():
            return
        now = clock.monotonic()
        if self._asked is None:
            self._asked = now
            metrics.LAG.note(max(0.0, now - self._grid.next))
        try:
            if not self._standing.ask():
                # The Core takes nothing in; the time that it may take runs all the same.
                self._metronome.at(now + self._grid.period, self._tick)
        except QsysUnreachable as error:
            self._failed(error)

    def _answered(self, poll: Poll) -> None:
        if self._over.done():
            return
        now = clock.monotonic()
        if self._asked is not None:
            metrics.RTT.note(now - self._asked)
            self._asked = None
        try:
            self._take(poll, self._grid.passed(now))
        except Exception as error:  # noqa: BLE001 - raised where these polls are awaited
            self._over.set_exception(error)
            return
        self._metronome.at(self._grid.next, self._tick)

    def _failed(self, error: QsysError) -> None:
        if not self._over.done():
            self._over.set_exception(error)
