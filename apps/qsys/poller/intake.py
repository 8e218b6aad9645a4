"""Turns polls into changes, samples, last values and live frames; no input or output."""

from collections.abc import Iterable

from apps.qsys.client import Change as WireChange
from apps.qsys.client import Poll
from apps.qsys.models import Cause
from apps.qsys.poller.live import LiveValues
from apps.qsys.poller.plan import Path
from apps.qsys.poller.slots import Reading, Slot, reading_of
from apps.qsys.telemetry import Buffer, Change, LastValue, Origin, Place, SecondCollector

FIRST = Origin(Cause.FIRST.value)
AWAY = Origin(Cause.AWAY.value)
DEVICE = Origin(Cause.DEVICE.value)


class Intake:
    """What one device's polls go through, whichever connection they came by.

    Times of a device only grow, so that a change is named by its time and its control.
    """

    def __init__(self, place: Place, buffer: Buffer) -> None:
        self.place = place
        self.live = LiveValues(place)
        self.strangers = 0
        """Changes of controls that were not asked for."""
        self._buffer = buffer
        self._collector = SecondCollector(place.device_id)
        self._moved: dict[int, Slot] = {}
        self._samples: tuple[list[int], list[float]] = ([], [])
        self._last_us = 0

    def take(
        self,
        poll: Poll,
        slots: dict[Path, Slot],
        ticking: Iterable[Slot],
        code: str,
        *,
        first: bool,
    ) -> None:
        """Take one poll. The `first` of a connection tells everything, changed or not."""
        at_us = self._last_us = max(self._last_us + 1, poll.received_ns // 1000)
        changes: list[Change] = []
        for one in poll.changes:
            slot = slots.get((one.component or "", one.name))
            if slot is None:
                self.strangers += 1
                continue
            change = self._read(slot, one, at_us, code, first=first)
            if change is not None:
                changes.append(change)
        for slot in ticking:
            if slot.number is not None:
                self._sample(slot.id, slot.number)
        self._collect(at_us)
        if changes:
            self._buffer.put_changes(changes)

    def flush_values(self) -> None:
        """Hand the last values on that have changed since."""
        if self._moved:
            self._buffer.put_values([_last(slot) for slot in self._moved.values()])
            self._moved = {}

    def flush_samples(self, before_us: int | None = None) -> None:
        """Hand on the second that is over by `before_us`; without one, whatever there is."""
        ended = self._collector.close(before_us)
        if ended is not None:
            self._buffer.put_samples(ended)

    def _read(
        self, slot: Slot, one: WireChange, at_us: int, code: str, *, first: bool
    ) -> Change | None:
        number, string, position = reading = reading_of(one)
        if reading != slot.seen:
            slot.seen, slot.seen_us = reading, at_us
            self._moved[slot.id] = slot
            self.live.put(slot)
        if slot.every_tick and slot.telemetry and number is not None:
            slot.record(number, string, position)
            return None
        if not slot.differs(number, string):
            return None
        change = None
        if slot.telemetry and number is not None:
            self._sample(slot.id, number)
        else:
            change = self._change(slot, reading, at_us, code, first=first)
        slot.record(number, string, position)
        return change

    def _change(
        self, slot: Slot, reading: Reading, at_us: int, code: str, *, first: bool
    ) -> Change:
        number, string, position = reading
        origin = FIRST if not slot.known else AWAY if first else DEVICE
        return Change(
            place=self.place,
            control_id=slot.id,
            component=slot.component,
            control=slot.name,
            at_us=at_us,
            number=number,
            string=string,
            position=position,
            previous=slot.number,
            previous_string=slot.string if slot.known else None,
            design_code=code,
            origin=origin,
            boolean=slot.boolean,
        )

    def _sample(self, control_id: int, value: float) -> None:
        ids, values = self._samples
        ids.append(control_id)
        values.append(value)

    def _collect(self, at_us: int) -> None:
        """Hand a whole poll's samples on, as columns."""
        ids, values = self._samples
        if not ids:
            return
        self._samples = ([], [])
        ended = self._collector.add_many(ids, at_us, values)
        if ended is not None:
            self._buffer.put_samples(ended)


def _last(slot: Slot) -> LastValue:
    number, string, position = slot.seen or (None, "", None)
    return LastValue(slot.id, slot.seen_us, number, string, position)
