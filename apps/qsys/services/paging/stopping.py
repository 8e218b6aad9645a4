"""Ending a page before its time: stop the speaking, or drop it."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, conflict
from apps.kernel.ids import moment_of
from apps.operations.context import Context
from apps.operations.core import TargetRef
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanTarget
from apps.qsys import selectors
from apps.qsys.models import Page
from apps.qsys.policies import Write, of_paths, plan_refusals, require
from apps.qsys.schemas.pages import QsysPageStopIn, QsysPageStopOut
from apps.qsys.services.paging import watching

#: Seconds after which a page that is still on its zones was not stopped.
GRACE: Final = 5.0


def page_targets(actor: Actor, data: QsysPageStopIn) -> tuple[TargetRef, ...]:
    """The Core of the page."""
    device = selectors.page_get(actor, data.page).device
    return (TargetRef("device", device.id, device.name, device.site_path, device.id),)


def page_stop(ctx: Context, data: QsysPageStopIn) -> QsysPageStopOut:
    """Tell the Core to end a page."""
    row = selectors.page_get(ctx.actor, data.page)
    _require_going(row)
    require(ctx, row.device, _writes(row))
    ctx.before = {"state": row.state, "detail": row.detail}
    if not watching.order(ctx, row.device, row, cancel=data.cancel):
        raise conflict(f"The Core has no page {row.number} any more: it is over.")
    return _out(row, data)


def _require_going(row: Page) -> None:
    if row.over:
        raise conflict(f"That page is over ({row.ending}); there is nothing to stop.")


def _out(row: Page, data: QsysPageStopIn) -> QsysPageStopOut:
    asked = "cancel" if data.cancel else "stop"
    return QsysPageStopOut(device=row.device_id, page=row.id, asked=asked)


def page_stop_plan(ctx: Context, data: QsysPageStopIn) -> Plan:
    """Which zones would fall silent."""
    row = selectors.page_get(ctx.actor, data.page)
    _require_going(row)
    device = row.device
    goes_out = watching.records(row) and not data.cancel
    after = "what was recorded goes out" if goes_out else "silent"
    return Plan(
        targets=(PlanTarget(kind="device", id=device.id, label=device.name),),
        changes=tuple(
            PlanChange(
                target=device.id,
                what=f"zone {index} {name}".strip(),
                before=watching.sentence(row),
                after=after,
            )
            for index, name in row.zones
        ),
        refusals=plan_refusals(ctx, device, _writes(row)),
    )


def page_stop_writes(actor: Actor, data: QsysPageStopIn) -> tuple[Device, list[Write]]:
    """The Core and the zones that would fall silent, for the policies."""
    row = selectors.page_get(actor, data.page)
    return row.device, _writes(row)


def _writes(row: Page) -> list[Write]:
    words = [word for index, name in row.zones for word in (str(index), name) if word]
    return of_paths((None, f"zone.{word}") for word in words)


def page_stop_settle(ctx: Context, data: QsysPageStopIn, intent: UUID) -> Outcome | None:
    """Whether the page is over, or its zones show it no more."""
    row = Page.system.filter(id=data.page).select_related("device").first()
    if row is None or row.over:
        return None if row is None else Outcome.done(_out(row, data))
    found = watching.asked(ctx, row.device)
    if found is None:
        return None
    if not watching.holds(row, found):
        return Outcome.done(_out(row, data))
    if clock.now() < moment_of(ctx.call.id) + timedelta(seconds=GRACE):
        return None
    return Outcome.not_done(
        Code.DEVICE_REJECTED, "The page is still on its zones; send the order again."
    )
