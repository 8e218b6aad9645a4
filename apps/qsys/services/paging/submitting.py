"""A page from its plan to its end: a job that hands it in once and follows it.

A page is heard by a crowd, so it is never handed in twice: the row is written before it is
sent, and once the row is there the Core is asked what became of it.
"""

from typing import Final
from uuid import UUID

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, NeedsHuman, conflict
from apps.operations.context import Context
from apps.operations.core import Again
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanTarget
from apps.qsys.client import PageMode, PageRequest
from apps.qsys.client.paging import PageZone
from apps.qsys.driver import CoreSession
from apps.qsys.models import Page, PageStage
from apps.qsys.policies import Write, plan_refusals, require
from apps.qsys.schemas.pages import QsysPageSubmitIn, QsysPageSubmitOut
from apps.qsys.services.cores import core_of
from apps.qsys.services.paging import book, watching, zones
from apps.qsys.services.paging.endings import require_heard, submitted
from apps.qsys.services.paging.following import follower_of

#: Seconds between two looks at a page.
PACE: Final = 1.0
#: Seconds within which a page whose answer was lost shows on its zones, if the Core took it.
SHOWS_WITHIN: Final = 10.0
#: Seconds without a word of a page, its queue and its length apart.
UNHEARD: Final = 600.0
#: Seconds that count for a queue without an end.
LONGEST_QUEUE: Final = 86_400.0
LOST: Final = (
    "The page was sent, the Core's answer was lost, and no zone shows it: it may have been short, "
    "wait in the Core's queue, or never have arrived. Listen, or ask with qsys.zone.list, before "
    "you submit it again."
)
UNSENT: Final = "Nothing was paged. Submit it again if it is still wanted."


def page_submit(ctx: Context, data: QsysPageSubmitIn) -> QsysPageSubmitOut | Again:
    """One step: hand the page in, or see how far it is."""
    device = core_of(ctx.actor, data.device)
    row = Page.system.filter(job_id=book.job_of(ctx)).select_related("device").first()
    if row is None:
        row = _hand_in(ctx, device, data)
    elif row.number is None and not row.over:
        _find_again(ctx, device, row)
    else:
        return _follow(ctx, device, row, _patience(data))
    return Again(PACE, {"gone": 0, "told": ""})


def _patience(data: QsysPageSubmitIn) -> float:
    """Seconds without a word of the page after which nobody can tell what became of it."""
    return UNHEARD + (data.queue or LONGEST_QUEUE) + data.seconds


def _hand_in(ctx: Context, device: Device, data: QsysPageSubmitIn) -> Page:
    """Send the page; a page that comes minutes later is not the one that was wanted, so what
    cannot be sent now fails now."""
    if ctx.cancelled():
        raise conflict("Cancelled before it was sent.")
    try:
        found = zones.house(ctx, device)
        meant = zones.chosen(found.config, data)
        require(ctx, device, zones.writes(meant))
    except Failure as failure:
        raise _unsent(failure) from failure
    row = book.open_page(ctx, device, data, meant, found.on_the_air())
    try:
        line, number = _send(ctx, device, _request(data, meant))
    except Failure as failure:
        if failure.code in (Code.INDETERMINATE, Code.INTERNAL):
            raise
        row.words = failure.detail[:300]
        book.move(ctx, row, PageStage.DONE, "refused", ending="refused")
        raise _unsent(failure) from failure
    book.take(row, line, number)
    ctx.line(f"The Core took it as page {number}.")
    watching.catch_up(ctx, row)
    return row


def _unsent(failure: Failure) -> Failure:
    detail = f"{failure.detail} {UNSENT}"
    return Failure(failure.code, detail, errors=failure.errors, retryable=False)


def _send(ctx: Context, device: Device, request: PageRequest) -> tuple[str, int]:
    async def act(session: CoreSession) -> tuple[str, int]:
        follower = follower_of(session.qrc)
        number = await follower.submit(session.qrc, request, within=ctx.remaining())
        await follower.written()
        return follower.line, number

    return sessions.call(device, act, ctx, changing=True)


def _request(data: QsysPageSubmitIn, meant: list[PageZone]) -> PageRequest:
    return PageRequest(
        mode=PageMode(data.mode),
        zones=tuple(one.index for one in meant),
        priority=data.priority,
        station=data.station,
        message=data.message,
        preamble=data.preamble,
        description=data.description,
        queue_timeout=data.queue,
        max_page_time=data.seconds,
    )


def _find_again(ctx: Context, device: Device, row: Page) -> None:
    """Look on its zones for a page whose answer was lost; raises NeedsHuman where none shows it."""
    found = watching.asked(ctx, device)
    number = None if found is None else watching.recognised(device, row, found)
    passed = (clock.now() - row.submitted_at).total_seconds()
    if number is not None:
        book.take(row, "", number)
        watching.seen(ctx, row)
        ctx.line(f"The Core's answer was lost; its zones show it as page {number}.")
    elif passed > (UNHEARD if found is None else SHOWS_WITHIN):
        book.move(ctx, row, PageStage.UNKNOWN, "lost", ending="unknown")
        raise NeedsHuman(LOST)


def _follow(ctx: Context, device: Device, row: Page, patience: float) -> QsysPageSubmitOut | Again:
    state = ctx.state or {}
    gone, told = state.get("gone", 0), state.get("told", "")
    watching.catch_up(ctx, row)
    if not row.over:
        _drop_if_unwanted(ctx, device, row)
        gone = watching.look(ctx, device, row, gone, patience)
    if row.over:
        require_heard(ctx, row)
        ctx.partial = row.ending == "unknown"
        ctx.after = {"page": row.number, "ending": row.ending}
        return submitted(row)
    sentence = watching.sentence(row)
    if sentence != told:
        ctx.progress(0, 0, sentence)
    return Again(PACE, {"gone": gone, "told": sentence})


def _drop_if_unwanted(ctx: Context, device: Device, row: Page) -> None:
    """Cancel a page with its job; one that cannot be cancelled is followed to its end."""
    if not ctx.cancelled() or row.asked:
        return
    try:
        watching.order(ctx, device, row, cancel=True)
    except Failure as failure:
        ctx.line(failure.detail, level="warning")


def page_submit_plan(ctx: Context, data: QsysPageSubmitIn) -> Plan:
    """Which zones would hear it, and what is on them now."""
    device = core_of(ctx.actor, data.device)
    found = zones.house(ctx, device)
    meant = zones.chosen(found.config, data)
    source = data.message or data.station
    what = f"page from {source}, priority {data.priority}"
    busy = found.busy or {}
    return Plan(
        targets=(PlanTarget(kind="device", id=device.id, label=device.name),),
        changes=tuple(
            PlanChange(
                target=device.id,
                what=f"zone {one.index} {one.name}".strip(),
                before=watching.on_zone(busy.get(one.index)),
                after=what,
            )
            for one in meant
        ),
        refusals=plan_refusals(ctx, device, zones.writes(meant)),
        risks=tuple(watching.risks(data, meant, busy)),
    )


def page_submit_writes(actor: Actor, data: QsysPageSubmitIn) -> tuple[Device, list[Write]]:
    """The Core and any of its zones, for the policies: which ones are meant, the Core says."""
    return core_of(actor, data.device), zones.some_zones()


def page_submit_settle(ctx: Context, data: QsysPageSubmitIn, intent: UUID) -> Outcome | None:
    """What the page's own row says; its job asks the Core."""
    row = Page.system.filter(call_id=ctx.call.id).first()
    if row is None or not row.over:
        return None
    return Outcome.done(submitted(row))
