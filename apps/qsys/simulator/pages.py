"""The paging system of a simulated Core: pages as state machines that compete for zones."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

#: Names of the priorities, the highest first.
PRIORITIES: Final = ("Emergency", "High", "Normal", "Low")

#: Who hears of a page: its id, state, sub-state and message.
Tell = Callable[["Page", str, str], None]


class Pace(msgspec.Struct):
    """How long what takes time takes, in seconds."""

    preamble: float = 1.0
    message: float = 2.0
    playback: float = 1.0


@dataclass(slots=True)
class Page:
    """One page. Priority 1 is the highest; `queue_timeout` and `longest` in seconds."""

    id: int
    mode: str
    zones: frozenset[int]
    priority: int
    station: str
    preamble: bool
    queue_timeout: float
    longest: float
    tell: Tell
    state: str = "ready"
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)

    @property
    def holds(self) -> bool:
        """Whether its zones are busy with it."""
        return self.state in ("wait", "input", "output")


class PagingSystem:
    """All pages of a Core. Runs in the event loop of its Core."""

    def __init__(self, told_zone: Callable[[int, Page | None], None]) -> None:
        self.pace = Pace()
        self.pages: dict[int, Page] = {}
        self._ids = itertools.count(1)
        self._told_zone = told_zone

    def next_id(self) -> int:
        """An id for a new page."""
        return next(self._ids)

    def submit(self, page: Page, *, start: bool) -> None:
        """Take a page in, and start it unless it shall wait for `start`."""
        self.pages[page.id] = page
        self._move(page, "ready", "immediate")
        if start:
            self.start(page)

    def start(self, page: Page) -> None:
        """Take its zones; from lower priorities at once, else by waiting in the queue."""
        rivals = [one for one in self.pages.values() if one.holds and one.zones & page.zones]
        stronger = [one for one in rivals if one.priority <= page.priority]
        if stronger and page.queue_timeout < 0:
            self.end(page, "fail")
            return
        if stronger:
            self._queue(page)
            return
        for one in rivals:
            self.end(one, "interrupt")
        self._seize(page)

    def stop(self, page: Page) -> None:
        """The end of the input: a live page is over, a recorded one goes out."""
        if page.mode == "live" or page.state != "input":
            self.end(page, "success")
            return
        self._move(page, "output", "output")
        self._later(page, self.pace.playback, lambda: self.end(page, "success"))

    def end(self, page: Page, how: str) -> None:
        """Finish a page; whoever waits for its zones may go on."""
        held = page.holds
        self._cancel_timer(page)
        del self.pages[page.id]
        self._move(page, "done", how)
        if held:
            for zone in sorted(page.zones):
                self._told_zone(zone, None)
        self._next_in_queue()

    def drop(self) -> None:
        """Forget everything, as a reload of the design does."""
        for page in self.pages.values():
            self._cancel_timer(page)
        self.pages.clear()

    def _queue(self, page: Page) -> None:
        self._move(page, "ready", "queued")
        if page.queue_timeout > 0:
            self._later(page, page.queue_timeout, lambda: self.end(page, "timeout"))

    def _next_in_queue(self) -> None:
        waiting = [one for one in self.pages.values() if one.state == "queued"]
        for page in sorted(waiting, key=lambda one: (one.priority, one.id)):
            busy = any(one.holds and one.zones & page.zones for one in self.pages.values())
            if not busy:
                self._cancel_timer(page)
                self._seize(page)

    def _seize(self, page: Page) -> None:
        page.state = "wait"
        for zone in sorted(page.zones):
            self._told_zone(zone, page)
        if page.preamble:
            self._move(page, "wait", "preamble")
            self._later(page, self.pace.preamble, lambda: self._speak(page))
        else:
            self._speak(page)

    def _speak(self, page: Page) -> None:
        if page.mode == "message":
            self._move(page, "output", "output")
            self._later(page, self.pace.message, lambda: self.end(page, "success"))
            return
        self._move(page, "input", "live" if page.mode == "live" else "record")
        if page.longest > 0:
            self._later(page, page.longest, lambda: self.end(page, "timeout"))

    def _move(self, page: Page, state: str, detail: str) -> None:
        page.state = "queued" if detail == "queued" else state
        page.tell(page, state, detail)

    def _later(self, page: Page, seconds: float, work: Callable[[], None]) -> None:
        self._cancel_timer(page)
        page.timer = asyncio.get_running_loop().call_later(seconds, work)

    def _cancel_timer(self, page: Page) -> None:
        if page.timer is not None:
            page.timer.cancel()
            page.timer = None


def zone_status(zone: int, page: Page | None, at: float) -> dict[str, Any]:
    """The body of a zone push; `at` is the time of day."""
    body: dict[str, Any] = {"Zone": zone, "Active": page is not None, "Time": at}
    if page is not None:
        name = PRIORITIES[page.priority - 1]
        body |= {"PageID": page.id, "Priority": page.priority, "PriorityName": name}
        body |= {"Station": page.station}
    return body
