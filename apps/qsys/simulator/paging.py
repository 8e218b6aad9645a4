"""The paging methods of a simulated Core: pages in, page and zone status out as pushes."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec

from apps.qsys.simulator.core import Core
from apps.qsys.simulator.lookup import take
from apps.qsys.simulator.pages import PRIORITIES, Page, zone_status
from apps.qsys.simulator.peer import Method, Peer
from apps.qsys.simulator.rpc import (
    BAD_PAGE,
    BAD_PAGE_REQUEST,
    BAD_PARAMETERS,
    MISSING_FILE,
    RpcError,
)

ZONE: Final = re.compile(r"^zone\.(\d+)\.gain$")
MODES: Final = ("live", "delay", "auto", "message")


class SubmitParams(msgspec.Struct, rename="pascal"):
    """PA.PageSubmit; the documented members that this Core acts on."""

    mode: str
    zones: list[int | str] = []
    zone_tags: list[str] = []
    priority: int = 3
    station: str = ""
    message: str = ""
    preamble: str = ""
    start: bool = True
    queue_timeout: float = 0
    max_page_time: float = 0


class PageParams(msgspec.Struct, rename="pascal"):
    """Whatever names a page."""

    page_id: int = msgspec.field(name="PageID")


class EnabledParams(msgspec.Struct, rename="pascal"):
    """PA.ZoneStatusConfigure."""

    enabled: bool


class WatchdogParams(msgspec.Struct, rename="pascal"):
    """PA.SourceWatchdog."""

    remote_system: str


def submit(peer: Peer, params: Any) -> Any:
    """PA.PageSubmit: the id first; status pushes follow to the peer that submitted."""
    given = take(params, SubmitParams)
    _require_complete(peer.core, given)
    system = peer.core.paging
    page = Page(
        id=system.next_id(),
        mode=given.mode,
        zones=_zones(peer.core, given),
        priority=given.priority,
        station=given.station,
        preamble=bool(given.preamble),
        queue_timeout=given.queue_timeout,
        longest=given.max_page_time,
        tell=partial(_told_page, peer),
    )
    system.submit(page, start=given.start)
    return {"PageID": page.id}


def _require_complete(core: Core, given: SubmitParams) -> None:
    if given.mode not in MODES or not 1 <= given.priority <= len(PRIORITIES):
        raise RpcError(BAD_PARAMETERS, "Bad parameters: mode or priority")
    if given.mode == "message" and given.message not in core.media:
        raise RpcError(MISSING_FILE, f"Missing file '{given.message}'")
    if given.mode != "message" and not given.station:
        raise RpcError(BAD_PAGE_REQUEST, "Bad page request: a voice page needs a station")


def _zones(core: Core, given: SubmitParams) -> frozenset[int]:
    there = {number: f"Zone {number}" for number in zone_numbers(core)}
    by_name = {name: number for number, name in there.items()}
    if given.zone_tags and "All" not in given.zone_tags:
        raise RpcError(BAD_PARAMETERS, f"Bad parameters: unknown tag in {given.zone_tags}")
    found = set(there) if given.zone_tags else set()
    for zone in given.zones:
        number = by_name.get(zone) if isinstance(zone, str) else zone
        if number not in there:
            raise RpcError(BAD_PARAMETERS, f"Bad parameters: unknown zone '{zone}'")
        found.add(number)
    if not found:
        raise RpcError(BAD_PAGE_REQUEST, "Bad page request: no zones")
    return frozenset(found)


def steer(act: Callable[[Any, Page], None], peer: Peer, params: Any) -> Any:
    """PageStart, PageStop, PageCancel, PageProceed; raises error 2 for an unknown page."""
    number = take(params, PageParams).page_id
    page = peer.core.paging.pages.get(number)
    if page is None:
        raise RpcError(BAD_PAGE, f"Bad page id {number}")
    act(peer.core.paging, page)
    return "OK"


def get_config(peer: Peer, params: Any) -> Any:
    """PA.GetConfig."""
    return {
        "Priorities": [
            {"Name": name, "Guid": f"priority-{n}", "Color": "", "Archive": False, "Retry": 0}
            for n, name in enumerate(PRIORITIES, 1)
        ],
        "Tags": [{"Guid": "tag-all", "Name": "All"}],
        "Zones": [
            {"Index": n, "Name": f"Zone {n}", "Group": "", "IsLocal": True, "Tags": ["All"]}
            for n in zone_numbers(peer.core)
        ],
    }


def configure(peer: Peer, params: Any) -> Any:
    """PA.ZoneStatusConfigure: every zone's state before the answer."""
    peer.hears_zones = take(params, EnabledParams).enabled
    if peer.hears_zones:
        busy = {z: one for one in peer.core.paging.pages.values() if one.holds for z in one.zones}
        for zone in zone_numbers(peer.core):
            peer.push("PA.ZoneStatus", zone_status(zone, busy.get(zone), peer.core.wall()))
    return peer.core.dialect.ack


def watchdog(peer: Peer, params: Any) -> Any:
    """PA.SourceWatchdog: what a Core does without it is not documented; it is acknowledged."""
    take(params, WatchdogParams)
    return peer.core.dialect.ack


def _told_page(peer: Peer, page: Page, state: str, detail: str) -> None:
    peer.push("PA.PageStatus", {"PageID": page.id, "State": state, "SubState": detail})


def zone_numbers(core: Core) -> list[int]:
    """The zones that the design's paging router has."""
    owner = core.of_type("PA")
    names = owner.controls if owner is not None else ()
    return sorted(int(found[1]) for name in names if (found := ZONE.match(name)))


METHODS: Final[dict[str, Method]] = {
    "PA.PageSubmit": submit,
    "PA.PageStart": partial(steer, lambda system, page: system.start(page)),
    "PA.PageStop": partial(steer, lambda system, page: system.stop(page)),
    "PA.PageCancel": partial(steer, lambda system, page: system.end(page, "cancel")),
    "PA.PageProceed": partial(steer, lambda system, page: system.start(page)),
    "PA.GetConfig": get_config,
    "PA.ZoneStatusConfigure": configure,
    "PA.SourceWatchdog": watchdog,
}
