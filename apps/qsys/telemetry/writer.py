"""The writer's thread: empties the buffer into the database, and outlasts its restarts."""

import struct
import threading
from collections.abc import Callable, Iterator, Sized
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import psycopg
import structlog
from django.db import Error, InterfaceError, OperationalError, connection

from apps.kernel import clock
from apps.qsys.telemetry import metrics, store
from apps.qsys.telemetry.buffer import Batch, Buffer
from apps.qsys.telemetry.causes import Attributor
from apps.qsys.telemetry.records import Change
from apps.qsys.telemetry.spill import Spill
from apps.qsys.telemetry.telling import Teller

#: Errors after which the same batch is tried again on a new connection.
AWAY: Final = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)

#: Errors that the same rows will bring again: the database declines them, or they cannot be sent.
DECLINED: Final = (Error, psycopg.Error, ValueError, TypeError, OverflowError, struct.error)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WriterTimes:
    """Seconds. `patience` is how long a closing writer tries to store what it still has."""

    flush: float = 0.2
    retry: float = 0.1
    retry_most: float = 1.0
    patience: float = 10.0


class Writer:
    """One thread with a connection of its own; what it could not store by its end is counted.

    While the database is away the batch in hand is kept and the buffer fills, within its
    limits; when it is half full, and when the writer is to end, its changes go to `spill`. A batch
    the database declines is halved until the part that is wrong is found.
    """

    def __init__(self, buffer: Buffer, times: WriterTimes | None = None, *, spill: Spill) -> None:
        self.buffer = buffer
        self._spill = spill
        self._gave_up = False
        self.lost = 0
        """Rows of all kinds that were given up."""
        self._times = times or WriterTimes()
        self._attributor = Attributor()
        self._teller = Teller()
        self._closing = threading.Event()
        self._give_up_at = 0.0
        self._thread = threading.Thread(target=self._run, name="qsys-writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self) -> bool:
        """Store all that waits, or at least keep its changes on disk, and end. Blocks.

        False when some of it had to be given up.
        """
        self._give_up_at = clock.monotonic() + self._times.patience
        self._closing.set()
        self.buffer.wanted.set()
        self._thread.join(self._times.patience + 5)
        return not (self._thread.is_alive() or len(self.buffer) or self.lost)

    def _run(self) -> None:
        try:
            while self._work():
                pass
            while rest := self.buffer.take():
                self._lose(rest, "the database stayed away")
        finally:
            connection.close()

    def _work(self) -> bool:
        """One flush; False when there will be no other."""
        if not self._closing.is_set():
            self.buffer.wanted.wait(self._times.flush)
        self._restore()
        batch = self.buffer.take()
        if not batch and not len(self._teller):
            return not self._closing.is_set()
        self._attributor.attribute(batch.changes)
        self._flush(batch)
        return not self._gave_up

    def _flush(self, batch: Batch) -> None:
        for change in batch.changes:
            self._teller.offer(change)
        told = self._due()
        if batch or told:
            self._keep_trying(batch, told)

    def _restore(self) -> None:
        """Store what lies on disk first, as it is older than what waits in memory."""
        while not self._gave_up and len(self._spill):
            with self._spill.oldest() as changes:
                if not changes:
                    return
                batch = Batch(changes=changes)
                if not self._is_stored(batch):
                    self._flush(batch)

    def _is_stored(self, batch: Batch) -> bool:
        """Whether a process that was killed has stored a batch and left it on disk."""
        try:
            return store.is_stored(batch)
        except AWAY:
            connection.close()
            return False

    def _due(self) -> list[Change]:
        closing = self._closing.is_set() and not len(self.buffer)
        return self._teller.rest() if closing else self._teller.due(clock.monotonic())

    def _keep_trying(self, batch: Batch, told: list[Change]) -> None:
        for attempt, _ in enumerate(self._pauses()):
            try:
                if attempt and store.is_stored(batch):
                    return
                with metrics.STORE_SECONDS.time():
                    store.store(batch, told)
                return
            except AWAY as error:
                log.warning("batch not stored yet", attempt=attempt, error=str(error))
                connection.close()
                self._relieve(batch, told)
            except DECLINED as error:
                self._divide(batch, told, error)
                return
        self._gave_up = True
        self._lose(batch, "the database stayed away")

    def _relieve(self, batch: Batch, told: list[Change]) -> None:
        """The database is away: keep changes on disk before memory is full, or is gone."""
        if self._closing.is_set():
            if batch.changes and self._spill.keep(batch.changes):
                _leave_out(told, batch.changes)
                batch.changes.clear()
            self._keep_changes_while(self._has_changes)
        else:
            self._keep_changes_while(self.buffer.is_half_full)

    def _has_changes(self) -> bool:
        return self.buffer.changes > 0

    def _keep_changes_while(self, condition: Callable[[], bool]) -> None:
        while condition():
            changes = self.buffer.take_changes()
            self._attributor.attribute(changes)
            if not self._spill.keep(changes):
                self.buffer.put_back(changes)
                return

    def _pauses(self) -> Iterator[float]:
        """Waits between attempts and ends when a closing writer has no patience left."""
        pause = self._times.retry
        yield 0.0
        while not (self._closing.is_set() and clock.monotonic() > self._give_up_at):
            threading.Event().wait(pause)
            yield pause
            pause = min(pause * 2, self._times.retry_most)

    def _divide(self, batch: Batch, told: list[Change], error: Exception) -> None:
        """The database declines: make what may be missing, then find the part that is wrong."""
        log.warning("batch declined", error=str(error)[:300])
        connection.close()
        with suppress(*AWAY):
            store.make_days()
        self._store_or_lose(batch, told)

    def _store_or_lose(self, part: Batch, told: list[Change]) -> None:
        try:
            store.store(part, told)
        except AWAY:
            connection.close()
            self._keep_trying(part, told)
        except DECLINED as error:
            connection.close()
            smaller = pieces(part)
            if len(smaller) < 2:
                self._lose(part, str(error)[:300])
            for piece in smaller if len(smaller) > 1 else ():
                self._store_or_lose(piece, [])
            if told and part:
                self._store_or_lose(Batch(), told)

    def _lose(self, batch: Batch, why: str) -> None:
        lost = self.buffer.give_up(batch)
        self.lost += lost
        log.error("batch lost", why=why, rows=lost, changes=len(batch.changes))


def _leave_out(told: list[Change], kept: list[Change]) -> None:
    """Whoever stores what is kept on disk tells it as well."""
    keys = {(one.control_id, one.at_us) for one in kept}
    told[:] = [one for one in told if (one.control_id, one.at_us) not in keys]


def pieces(batch: Batch) -> list[Batch]:
    """The batch in smaller ones: by kind first, then cut in the middle; itself if it is one row."""
    kinds = [
        Batch(changes=batch.changes),
        Batch(samples=batch.samples),
        Batch(seconds=batch.seconds),
        Batch(values=batch.values),
        Batch(lost=batch.lost),
    ]
    parts = [one for one in kinds if one]
    if len(parts) > 1:
        return parts
    columns: list[Sized] = [batch.changes, batch.samples, batch.seconds, batch.values, batch.lost]
    size = max(map(len, columns))
    middle = (size + 1) // 2
    cut = [_slice(batch, slice(middle)), _slice(batch, slice(middle, None))]
    return [one for one in cut if one]


def _slice(batch: Batch, part: slice) -> Batch:
    return Batch(
        batch.changes[part],
        batch.samples[part],
        batch.seconds[part],
        batch.values[part],
        batch.lost[part],
    )
