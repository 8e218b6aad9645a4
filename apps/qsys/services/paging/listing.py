"""Pages as they are listed: what the plane knows, without asking a Core."""

from apps.kernel.actor import Actor
from apps.operations.context import Context
from apps.operations.core import TargetRef
from apps.qsys import selectors
from apps.qsys.models import OVER, Page, PageStage
from apps.qsys.schemas.pages import QsysPageListIn, QsysPageListOut, QsysPageOut
from apps.qsys.services.cores import core_of


def page_list_targets(actor: Actor, data: QsysPageListIn) -> tuple[TargetRef, ...]:
    """The Core that is named, if one is."""
    if data.device is None:
        return ()
    device = core_of(actor, data.device)
    return (TargetRef("device", device.id, device.name, device.site_path, device.id),)


def page_list(ctx: Context, data: QsysPageListIn) -> QsysPageListOut:
    """Pages that were submitted from here, newest first."""
    rows = selectors.pages(ctx.actor)
    if data.device is not None:
        rows = rows.filter(device=core_of(ctx.actor, data.device))
    if not data.over:
        rows = rows.exclude(state__in=OVER)
    return QsysPageListOut(pages=[_page_out(row) for row in rows[: data.limit]])


def _page_out(row: Page) -> QsysPageOut:
    return QsysPageOut(
        page=row.id,
        device=row.device_id,
        job=row.job_id,
        number=row.number,
        mode=row.mode,
        zones=row.zone_names,
        priority=row.priority,
        source=row.message or row.station,
        description=row.description,
        state=PageStage(row.state),
        detail=row.detail,
        seconds_left=row.count,
        ending=row.ending,
        actor=row.actor,
        submitted_at=row.submitted_at,
        changed_at=row.changed_at,
    )
