"""The rows of pages: made before a page is sent, moved as the Core tells, each move an event.

Only the steps of a page's job write its row, one at a time under the job's lease.
"""

from typing import Final
from uuid import UUID

from django.db import transaction

from apps.events.types import PageChanged
from apps.fleet.models import Device
from apps.kernel import clock
from apps.operations.context import Context
from apps.qsys.client import PageStatus
from apps.qsys.client.paging import NEXT, PageState, PageZone
from apps.qsys.models import Page, PageStage
from apps.qsys.schemas.pages import QsysPageSubmitIn

#: States as the Core spells them.
STATES: Final = frozenset(one.value for one in PageState)
#: What a move writes; not what others write meanwhile (`asked`).
MOVED: Final = (
    *("state", "detail", "words", "count", "ending", "on_air_at", "changed_at", "heard_at"),
)
#: What a page that waits is called while something is heard of it.
SOUNDING: Final = ("preamble", "seen")


def open_page(
    ctx: Context, device: Device, data: QsysPageSubmitIn, zones: list[PageZone], busy: set[int]
) -> Page:
    """The row of a page that is about to be sent."""
    now = clock.now()
    with transaction.atomic():
        row = Page.system.create(
            device=device,
            job_id=job_of(ctx),
            call_id=ctx.call.id,
            busy_before=sorted(busy),
            mode=data.mode,
            zones=[[one.index, one.name] for one in zones],
            priority=data.priority,
            station=data.station,
            message=data.message,
            description=data.description,
            actor=ctx.actor.label[:150],
            submitted_at=now,
            changed_at=now,
            heard_at=now,
        )
        _tell(ctx, row)
    return row


def job_of(ctx: Context) -> UUID:
    """The job whose step this is; a page is only ever followed by one."""
    if ctx.job_id is None:
        raise TypeError("a page is submitted by a job")
    return ctx.job_id


def take(row: Page, line: str, number: int) -> None:
    """The Core took the page."""
    row.line, row.number, row.heard_at = line, number, clock.now()
    row.save(update_fields=["line", "number", "heard_at"])


def hear(ctx: Context, row: Page, status: PageStatus) -> bool:
    """Move a page as the Core tells; False for a state that cannot follow on the one it is in."""
    if row.over or status.state not in STATES:
        return False
    state = PageState(status.state)
    if row.state != PageStage.SENDING and state not in NEXT[PageState(row.state)]:
        return False
    over = state is PageState.DONE
    row.count = None if over else status.count
    row.words = status.message[:300] or row.words
    move(
        ctx, row, PageStage(state.value), status.sub_state, ending=status.sub_state if over else ""
    )
    return True


def move(ctx: Context, row: Page, state: PageStage, detail: str, *, ending: str = "") -> None:
    """Write a state down, and tell it unless it is the one that was told last."""
    now = clock.now()
    known = (row.state, row.detail) == (state, detail[:40])
    row.state, row.detail, row.ending, row.heard_at = state, detail[:40], ending[:10], now
    if not known:
        row.changed_at = now
    if row.on_air_at is None and _sounds(row):
        row.on_air_at = now
    with transaction.atomic():
        row.save(update_fields=MOVED)
        if not known:
            _tell(ctx, row)


def _sounds(row: Page) -> bool:
    if row.state == PageStage.WAIT:
        return row.detail in SOUNDING
    return row.state in (PageStage.INPUT, PageStage.OUTPUT)


def _tell(ctx: Context, row: Page) -> None:
    event = PageChanged(
        page_id=row.id,
        number=row.number,
        state=row.state,
        detail=row.detail,
        ending=row.ending,
        zones=row.zone_names,
        priority=row.priority,
        actor=row.actor,
    )
    ctx.emit(event, site_path=row.device.site_path, device_id=row.device_id)
