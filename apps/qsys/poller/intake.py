"""Turns polls into changes, samples, last values and live frames; no input or output."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Final

from apps.qsys.client import Change as WireChange
from apps.qsys.client import Poll
from apps.qsys.models import Cause
from apps.qsys.poller.live import LiveValues
from apps.qsys.poller.plan import Path
from apps.qsys.poller.slots import Reading, Slot, cleaned, reading_of
from apps.qsys.telemetry import Buffer, Change, LastValue, Origin, Place, SecondCollector

FIRST = Origin(Cause.FIRST.value)
AWAY = Origin(Cause.AWAY.value)
DEVICE = Origin(Cause.DEVICE.value)

_path_of: Final[Callable[[WireChange], Path]] = attrgetter("component", "name")
_reading_of: Final[Callable[[WireChange], Reading]] = attrgetter("value", "string", "position")


class Intake:
    """What one device's polls go through, whichever connection they came by.

    Times of a device only grow, so that a change is named by its time and its control. At
    33 polls a second of a thousand controls this is where a poller's time goes: what most
    changes are, numbers of meters, takes one short way, everything else the long one.
    """

    def __init__(self, place: Place, buffer: Buffer) -> None:
        self.place = place
        self.live = LiveValues(place)
        self.strangers = 0
        """Changes of controls that were not asked for."""
        self._buffer = buffer
        self._collector = SecondCollector(place.device_id)
        self._moved: dict[Slot, None] = {}
        self._touched: list[Slot] = []
        self._ids: list[int] = []
        self._values: list[float] = []
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
        rest = self._take_samples(poll.changes, slots, at_us)
        changes: list[Change] = []
        for one in rest:
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
        if self._touched:
            self._touch()
        if changes:
            self._buffer.put_changes(changes)

    def flush_values(self) -> None:
        """Hand the last values on that have changed since."""
        if self._moved:
            self._buffer.put_values([_last(slot) for slot in self._moved])
            self._moved = {}

    def flush_samples(self, before_us: int | None = None) -> None:
        """Hand on the second that is over by `before_us`; without one, whatever there is."""
        ended = self._collector.close(before_us)
        if ended is not None:
            self._buffer.put_samples(ended)

    def _take_samples(
        self, told: Sequence[WireChange], slots: dict[Path, Slot], at_us: int
    ) -> list[WireChange]:
        """Take what is a plain number of telemetry; the changes that are something else."""
        rest: list[WireChange] = []
        touched, ids, values = self._touched, self._ids, self._values
        found = map(slots.get, map(_path_of, told))
        for one, slot, reading in zip(told, found, map(_reading_of, told), strict=True):
            number = reading[0]
            if slot is None or not slot.telemetry or slot.every_tick or type(number) is not float:
                rest.append(one)
                continue
            if reading != slot.seen:
                slot.seen, slot.seen_us = reading, at_us
                touched.append(slot)
            before = slot.recorded
            if (
                before is None
                or (before[0] != number and not slot.deadband)
                or slot.differs(number, reading[1])
            ):
                ids.append(slot.id)
                values.append(number)
                slot.recorded = reading
        return rest

    def _read(
        self, slot: Slot, one: WireChange, at_us: int, code: str, *, first: bool
    ) -> Change | None:
        number, string, _ = reading = reading_of(one)
        if reading != slot.seen:
            slot.seen, slot.seen_us = reading, at_us
            self._touched.append(slot)
        if slot.every_tick and slot.telemetry and number is not None:
            slot.recorded = reading
            return None
        if not slot.differs(number, string):
            return None
        change = None
        if slot.telemetry and number is not None:
            self._sample(slot.id, number)
        else:
            change = self._change(slot, reading, at_us, code, first=first)
        slot.recorded = reading
        return change

    def _change(
        self, slot: Slot, reading: Reading, at_us: int, code: str, *, first: bool
    ) -> Change:
        number, string, position = reading
        origin = FIRST if slot.recorded is None else AWAY if first else DEVICE
        before = None if slot.recorded is None else cleaned(slot.recorded)
        return Change(
            place=self.place,
            control_id=slot.id,
            component=slot.component,
            control=slot.name,
            at_us=at_us,
            number=number,
            string=string,
            position=position,
            previous=None if before is None else before[0],
            previous_string=None if before is None else before[1],
            design_code=code,
            origin=origin,
            boolean=slot.boolean,
        )

    def _touch(self) -> None:
        """These are to be kept as last values, and shown."""
        self.live.put(self._touched)
        self._moved.update(dict.fromkeys(self._touched))
        self._touched.clear()

    def _sample(self, control_id: int, value: float) -> None:
        self._ids.append(control_id)
        self._values.append(value)

    def _collect(self, at_us: int) -> None:
        """Hand a whole poll's samples on, as columns."""
        if not self._ids:
            return
        ended = self._collector.add_many(self._ids, at_us, self._values)
        self._ids.clear()
        self._values.clear()
        if ended is not None:
            self._buffer.put_samples(ended)


def _last(slot: Slot) -> LastValue:
    return LastValue(slot.id, slot.seen_us, *slot.clean_reading())
