"""Hours of the week in a place's own time, as stretches of real time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAY: Final = timedelta(days=1)
#: How far ahead an end is looked for: every week is alike, so eight days show them all; a change
#: of the clocks may move an end by one more.
AHEAD: Final = timedelta(days=9)

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY: Final = "daily"
FORM: Final = re.compile(r"^([a-z,-]+) (\d\d:\d\d)-(\d\d:\d\d)$")
MIDNIGHT: Final = "24:00"

Span = tuple[datetime, datetime]
"""A stretch of time in UTC, its end not included."""


@dataclass(frozen=True, slots=True)
class Window:
    """Hours on some weekdays (0 is Monday). An end at or before the start is on the next day."""

    days: frozenset[int]
    start: time
    end: time


def parse(text: str) -> Window:
    """A window as people write it, such as `mon-fri 20:00-23:30` or `daily 22:00-06:00`.

    Raises ValueError with a sentence.
    """
    found = FORM.match(text.strip().lower())
    if found is None:
        raise ValueError(
            f"{text[:60]!r} is no window; write days and hours, such as 'mon-fri 20:00-23:30', "
            "'sat,sun 00:00-24:00' or 'daily 22:00-06:00'"
        )
    return Window(_days(found[1]), _clock(found[2]), _clock(found[3]))


def _days(text: str) -> frozenset[int]:
    if text == EVERY_DAY:
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise ValueError(f"{part!r} is no day of the week; the days are {', '.join(DAYS)}")
        start, end = DAYS.index(first), DAYS.index(last or first)
        found |= {day % 7 for day in range(start, end + 1 if end >= start else end + 8)}
    return frozenset(found)


def _clock(text: str) -> time:
    if text == MIDNIGHT:
        return time()
    hour, minute = int(text[:2]), int(text[3:])
    if hour > 23 or minute > 59:
        raise ValueError(f"{text} is no time of the day; it runs from 00:00 to 24:00")
    return time(hour, minute)


@dataclass(frozen=True, slots=True)
class Hours:
    """When something is in force: always without windows, else within or outside of them.

    Where the clocks change, a time that comes twice or never is read so that it is in force
    longer: within windows these are at their widest, outside of them at their narrowest.
    """

    windows: tuple[Window, ...] = ()
    zone: str = "UTC"
    outside: bool = False

    def hold(self, now: datetime) -> bool:
        """Whether they are in force at an instant."""
        if not self.windows:
            return True
        inside = any(start <= now < end for start, end in self._spans(now))
        return inside is not self.outside

    def free_at(self, now: datetime) -> datetime | None:
        """The first instant from `now` on at which they are not in force; None: never."""
        if not self.hold(now):
            return now
        if not self.windows:
            return None
        spans = self._spans(now)
        if self.outside:
            return next((start for start, _ in spans if start > now), None)
        end = next(end for start, end in spans if start <= now < end)
        return end if end < now + AHEAD else None

    def _spans(self, now: datetime) -> list[Span]:
        """The stretches around an instant, in order; those that touch are one."""
        zone = ZoneInfo(self.zone)
        first = now.astimezone(zone).date() - 2 * DAY
        found = sorted(
            span
            for number in range(AHEAD.days + 4)
            for window in self.windows
            if (span := self._span(window, first + number * DAY, zone)) is not None
        )
        return _joined(found)

    def _span(self, window: Window, day: date, zone: ZoneInfo) -> Span | None:
        if day.weekday() not in window.days:
            return None
        end_day = day if window.end > window.start else day + DAY
        earliest, latest = _instants(day, window.start, zone)
        ends = _instants(end_day, window.end, zone)
        start, end = (latest, ends[0]) if self.outside else (earliest, ends[1])
        return (start, end) if start < end else None


def _instants(day: date, clock: time, zone: ZoneInfo) -> Span:
    """The earliest and the latest instant that a time of a day may mean."""
    wall = datetime.combine(day, clock, zone)
    meant = sorted(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return meant[0], meant[1]


def _joined(spans: Sequence[Span]) -> list[Span]:
    found: list[Span] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
