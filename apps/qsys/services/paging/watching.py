"""How far a page is: by what its connection heard, else by the zones it holds."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.errors import Failure, conflict
from apps.operations.context import Context
from apps.qsys.client import Paging, QsysRejected, ZoneStatus
from apps.qsys.client.paging import PageZone
from apps.qsys.driver import CoreSession
from apps.qsys.models import OVER, Page, PageStage
from apps.qsys.schemas.pages import QsysPageSubmitIn
from apps.qsys.services.paging import book, following, zones
from apps.qsys.services.paging.book import SOUNDING

#: The Core's error for a page it does not have (any more).
BAD_PAGE: Final = 2
#: Looks in a row that have to miss a page on its zones before it counts as gone.
MISSED: Final = 2
#: States that may hold zones.
HOLDS: Final = (PageStage.WAIT, PageStage.INPUT, PageStage.OUTPUT)


def catch_up(ctx: Context, row: Page) -> None:
    """Move a page through all that its connection heard since the last step."""
    if row.number is None:
        return
    for status in following.heard(row.line, row.number):
        if book.hear(ctx, row, status):
            ctx.line(sentence(row))


def look(ctx: Context, device: Device, row: Page, gone: int, patience: float) -> int:
    """Look for a page on its zones; how many looks in a row missed it. May end it.

    While the Core cannot be asked nothing is concluded, but that nobody can tell any more once
    nothing was heard for `patience` seconds.
    """
    found = asked(ctx, device)
    if found is not None and holds(row, found):
        seen(ctx, row)
        return 0
    missed = found is not None and _shows(row)
    if missed and gone + 1 >= MISSED:
        book.move(ctx, row, PageStage.DONE, "gone", ending=_ending(row))
    elif clock.now() > row.heard_at + timedelta(seconds=patience):
        book.move(ctx, row, PageStage.UNKNOWN, "unheard", ending="unknown")
    return gone + 1 if missed else 0


def asked(ctx: Context, device: Device) -> zones.Busy | None:
    """The zones as the Core tells them; None while it cannot be asked, which is said."""
    try:
        return zones.busy(ctx, device)
    except Failure as failure:
        ctx.line(failure.detail, level="warning")
        return None


def seen(ctx: Context, row: Page) -> None:
    """A zone shows the page: it is on the air, whatever was heard of it."""
    if row.state in HOLDS:
        row.heard_at = clock.now()
        row.save(update_fields=["heard_at"])
        return
    state = PageStage.OUTPUT if row.mode == "message" else PageStage.INPUT
    book.move(ctx, row, state, "seen")


def recognised(device: Device, row: Page, found: zones.Busy) -> int | None:
    """The Core's number of a page whose answer was lost: the one page on its zones that was not
    there before, came from its station, has its priority, and is nobody else's."""
    mine = {index for index, _ in row.zones}
    numbers = {
        one.page_id
        for one in found.values()
        if one.active and one.zone in mine and one.page_id is not None
        if _fits(row, one) and _from_there(row, one)
    } - set(row.busy_before)
    others = Page.system.filter(device=device, number__in=numbers).exclude(state__in=OVER)
    numbers -= set(others.values_list("number", flat=True))
    return numbers.pop() if len(numbers) == 1 else None


def order(ctx: Context, device: Device, row: Page, *, cancel: bool) -> bool:
    """Stop or cancel a page; False where the Core does not have it any more."""
    number = row.number
    if number is None:
        raise conflict("The Core has not told the number of this page yet; try again.")

    async def act(session: CoreSession) -> bool:
        paging = Paging(session.qrc)
        try:
            await (paging.cancel if cancel else paging.stop)(number)
        except QsysRejected as error:
            if error.code == BAD_PAGE:
                return False
            raise
        return True

    silencing = cancel or not records(row)
    if not sessions.call(device, act, ctx, changing=True, silencing=silencing):
        return False
    row.asked = "cancel" if cancel else "stop"
    row.save(update_fields=["asked"])
    return True


def records(row: Page) -> bool:
    """Whether stopping ends a recording only, which then goes out."""
    return row.mode in ("delay", "auto")


def holds(row: Page, found: zones.Busy) -> bool:
    """Whether a zone shows the page."""
    return any(
        one.active and one.page_id == row.number and _fits(row, one) for one in found.values()
    )


def _fits(row: Page, one: ZoneStatus) -> bool:
    """Whether the priority that a zone tells is this page's. Cores may leave it out."""
    return one.priority in (None, row.priority)


def _from_there(row: Page, one: ZoneStatus) -> bool:
    """Whether a zone's page may come from this page's station; a message has none."""
    return not row.station or one.station in ("", row.station)


def _shows(row: Page) -> bool:
    """Whether its zones have to show it: one that waits holds none, nor may a recording."""
    if row.state == PageStage.WAIT:
        return row.detail in SOUNDING
    return row.state == PageStage.OUTPUT or (row.state == PageStage.INPUT and row.mode == "live")


def _ending(row: Page) -> str:
    """How a page ended that nobody told of: as it was told to, if it was."""
    row.refresh_from_db(fields=["asked"])
    if row.asked == "stop" and row.mode == "live":
        return "success"
    return "cancel" if row.asked == "cancel" else "unseen"


def sentence(row: Page) -> str:
    """Where a page is, for people."""
    where = ", ".join(row.zone_names[:5])
    left = f", {row.count} s left" if row.count is not None else ""
    detail = f" ({row.detail})" if row.detail else ""
    return f"Page {row.number} to {where}: {row.get_state_display().lower()}{detail}{left}."


def on_zone(status: ZoneStatus | None) -> str:
    """What is on a zone now, for a plan."""
    if status is None:
        return "unknown"
    if not status.active:
        return "free"
    source = f" from {status.station}" if status.station else ""
    return f"page {status.page_id}{source}, priority {status.priority}"


def risks(
    data: QsysPageSubmitIn, meant: list[PageZone], busy: Mapping[int, ZoneStatus]
) -> Iterator[str]:
    """What whoever confirms a page should know."""
    yield f"Everybody in {len(meant)} zones hears it, and it cannot be unheard."
    held = [(zone, busy[zone.index]) for zone in meant if zone.index in busy]
    for zone, status in held:
        if not status.active:
            continue
        if status.priority is not None and status.priority > data.priority:
            yield f"It cuts off page {status.page_id} in {zones.name_of(zone)}."
        else:
            yield f"{zones.name_of(zone)} is busy with page {status.page_id}: it waits, or fails."
