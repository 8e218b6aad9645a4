"""Public-address pages: submit, steer and follow them, and watch which zones are busy."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec

from apps.qsys.client.errors import QsysUnreachable

if TYPE_CHECKING:
    from apps.qsys.client.session import QsysSession

PAGE_PUSH: Final = "PA.PageStatus"
ZONE_PUSH: Final = "PA.ZoneStatus"


class PageMode(StrEnum):
    """Where a page's sound comes from."""

    LIVE = "live"
    DELAY = "delay"
    AUTO = "auto"
    MESSAGE = "message"


class PageState(StrEnum):
    """The states a page passes through."""

    READY = "ready"
    WAIT = "wait"
    INPUT = "input"
    OUTPUT = "output"
    DONE = "done"


#: What may follow a state; a countdown repeats its state once a second.
NEXT: Final[dict[PageState, frozenset[PageState]]] = {
    PageState.READY: frozenset({PageState.READY, PageState.WAIT, PageState.INPUT, PageState.DONE}),
    PageState.WAIT: frozenset({PageState.WAIT, PageState.INPUT, PageState.OUTPUT, PageState.DONE}),
    PageState.INPUT: frozenset({PageState.INPUT, PageState.WAIT, PageState.OUTPUT, PageState.DONE}),
    PageState.OUTPUT: frozenset({PageState.OUTPUT, PageState.WAIT, PageState.DONE}),
    PageState.DONE: frozenset(),
}
#: How a page may end.
ENDINGS: Final = frozenset({"success", "cancel", "timeout", "interrupt", "fail"})


class PageStatus(msgspec.Struct, rename="pascal"):
    """A push about one page. `count` is the seconds left of a countdown, where there is one."""

    page_id: int = msgspec.field(name="PageID")
    state: str = ""
    sub_state: str = ""
    message: str = ""
    count: int | None = None


class ZoneStatus(msgspec.Struct, rename="pascal"):
    """A push about one zone: busy or free, and with which page."""

    zone: int
    active: bool = False
    time: float = 0
    page_id: int | None = msgspec.field(default=None, name="PageID")
    priority: int | None = None
    priority_name: str = ""
    station: str = ""


class PagePriority(msgspec.Struct, rename="pascal"):
    """A priority of the paging system; in order, the first is the highest."""

    name: str
    guid: str = ""
    color: str = ""


class PageTag(msgspec.Struct, rename="pascal"):
    """A name for a set of zones."""

    name: str
    guid: str = ""


class PageZone(msgspec.Struct, rename="pascal"):
    """One zone."""

    index: int
    name: str = ""
    group: str = ""
    is_local: bool = True
    tags: list[str] = []


class PageConfig(msgspec.Struct, rename="pascal"):
    """What the design's paging system has."""

    priorities: list[PagePriority] = []
    tags: list[PageTag] = []
    zones: list[PageZone] = []


class PageRequest(msgspec.Struct, frozen=True):
    """A page to submit. Priority 1 is the highest; times in seconds.

    `station` is where a voice comes from (live, delay, auto), `message` a file (message mode).
    `queue_timeout` 0 waits for ever and -1 not at all. Without `start` the page waits for `start`.
    Members that are None are left to the design's priority: whether the page is kept (`archive`),
    goes to free zones first (`split`) or to those it is not cut off from (`split_on_interrupt`),
    how often it is tried again (`retry_count`), how long it may be taken back (`cancel_delay`),
    whether its recording is deleted after it (`message_delete`), and who is said to send it.
    """

    mode: PageMode
    zones: tuple[int | str, ...] = ()
    zone_tags: tuple[str, ...] = ()
    priority: int = 3
    station: str = ""
    message: str = ""
    preamble: str = ""
    description: str = ""
    start: bool = True
    queue_timeout: int = 0
    max_page_time: int = 0
    cancel_delay: int | None = None
    archive: bool | None = None
    split: bool | None = None
    split_on_interrupt: bool | None = None
    retry_count: int | None = None
    message_delete: bool | None = None
    originator: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for what no Core could page."""
        if not self.zones and not self.zone_tags:
            raise ValueError("a page needs zones or zone tags to go to")
        if self.priority < 1:
            raise ValueError("priorities count from 1, the highest")
        if self.mode is PageMode.MESSAGE and not self.message:
            raise ValueError("a page in mode 'message' needs the message file to play")
        if self.mode is not PageMode.MESSAGE and not self.station:
            raise ValueError(f"a page in mode '{self.mode}' needs the station it is spoken at")

    def params(self) -> dict[str, Any]:
        """The object the Core wants, without the members that were not given."""
        given = {
            "Mode": self.mode.value,
            "Zones": list(self.zones) or None,
            "ZoneTags": list(self.zone_tags) or None,
            "Priority": self.priority,
            "Station": self.station or None,
            "Message": self.message or None,
            "Preamble": self.preamble or None,
            "Description": self.description or None,
            "Start": self.start,
            "QueueTimeout": self.queue_timeout,
            "MaxPageTime": self.max_page_time,
            "CancelDelay": self.cancel_delay,
            "Archive": self.archive,
            "Split": self.split,
            "SplitOnInterrupt": self.split_on_interrupt,
            "RetryCount": self.retry_count,
            "MessageDelete": self.message_delete,
            "Originator": self.originator,
        }
        return {key: value for key, value in given.items() if value is not None}


class _Submitted(msgspec.Struct, rename="pascal"):
    page_id: int = msgspec.field(name="PageID")


class Paging:
    """Pages of one session. Status comes by push: see `QsysSession.listen`."""

    def __init__(self, session: QsysSession) -> None:
        self._session = session

    async def config(self, *, timeout: float | None = None) -> PageConfig:
        """Priorities, tags and zones of the running design."""
        return await self._session.call("PA.GetConfig", {}, PageConfig, timeout=timeout)

    async def submit(self, page: PageRequest, *, timeout: float | None = None) -> int:
        """Hand in a page; its id. Raises QsysRejected 1 to 4 for what the Core cannot do."""
        method = "PA.PageSubmit"
        made = await self._session.call(method, page.params(), _Submitted, timeout=timeout)
        if made.page_id < 0:
            raise QsysUnreachable(f"{method} gave no page id", sent=True)
        return made.page_id

    async def start(self, page: int, *, timeout: float | None = None) -> None:
        """Start a page that was submitted to wait."""
        await self._do("PA.PageStart", page, timeout)

    async def stop(self, page: int, *, timeout: float | None = None) -> None:
        """End the input: what was spoken goes out."""
        await self._do("PA.PageStop", page, timeout)

    async def cancel(self, page: int, *, timeout: float | None = None) -> None:
        """Drop the page."""
        await self._do("PA.PageCancel", page, timeout)

    async def proceed(self, page: int, *, timeout: float | None = None) -> None:
        """Go on though not every zone is free."""
        await self._do("PA.PageProceed", page, timeout)

    async def watch_zones(self, *, enabled: bool = True, timeout: float | None = None) -> None:
        """Have every zone's state pushed now (before this returns) and at each change."""
        await self._session.ask("PA.ZoneStatusConfigure", {"Enabled": enabled}, timeout=timeout)

    async def feed_watchdog(self, remote_system: str, *, timeout: float | None = None) -> None:
        """Tell the Core that the system of that name, which pages through it, is alive."""
        params = {"RemoteSystem": remote_system}
        await self._session.ask("PA.SourceWatchdog", params, timeout=timeout)

    async def _do(self, method: str, page: int, timeout: float | None) -> None:
        await self._session.ask(method, {"PageID": page}, timeout=timeout)
