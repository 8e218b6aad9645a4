"""Exported files, as callers have them made, fetch and delete them."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import transaction

from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid, not_found
from apps.operations.context import Context
from apps.operations.core import TargetRef
from apps.qsys import selectors
from apps.qsys.exports import files
from apps.qsys.exports.making import make
from apps.qsys.exports.reading import Extract
from apps.qsys.models import Export
from apps.qsys.models.export import ExportRows
from apps.qsys.schemas.exports import (
    QsysExportCreateIn,
    QsysExportDeleteIn,
    QsysExportDeleteOut,
    QsysExportDownloadIn,
    QsysExportOut,
)
from apps.qsys.selectors.choosing import matching
from apps.qsys.services.cores import device_target


def export_get(actor: Actor, export_id: UUID) -> Export:
    """One export; raises `not_found` whether absent, foreign or over."""
    rows = exports(actor).select_related("device")
    found = rows.filter(id=export_id, expires_at__gt=clock.now()).first()
    if found is None:
        raise not_found("export", export_id)
    return found


def exports(actor: Actor) -> ExportRows:
    """Exports that the actor may see."""
    return Export.objects.for_actor(actor, selectors.VIEW)


def export_targets(
    actor: Actor, data: QsysExportDownloadIn | QsysExportDeleteIn
) -> tuple[TargetRef, ...]:
    """The Core of the export."""
    return (device_target(export_get(actor, data.export).device),)


def export_create(ctx: Context, data: QsysExportCreateIn) -> QsysExportOut:
    """Make the file, in the worker. Repeating it makes the same file anew."""
    if ctx.job_id is None:
        raise ValueError("an export is made by a job")
    device = selectors.core_device(ctx.actor, data.device)
    until = data.until or clock.now()
    since = data.since or until - timedelta(hours=data.hours)
    if not since < until:
        raise invalid("since", "has to be earlier than until.")
    which = selectors.Which(tuple(data.components), tuple(data.controls))
    ids = matching(device, which) if which.names_controls else None
    extract = Extract(device.id, data.content, since, until, ids)
    return _out(make(ctx, device, extract, data.format, ctx.job_id))


def export_download(ctx: Context, data: QsysExportDownloadIn) -> QsysExportOut:
    """What the file is and where it is fetched; the evidence is of this call."""
    export = export_get(ctx.actor, data.export)
    if not files.path_of(export.job_id, export.format).is_file():
        raise not_found("file of export", export.id)
    return _out(export)


def export_delete(ctx: Context, data: QsysExportDeleteIn) -> QsysExportDeleteOut:
    """Delete a file before its time."""
    export = export_get(ctx.actor, data.export)
    ctx.before = {"name": export.name, "rows": export.rows, "sha256": export.sha256}
    Export.system.filter(id=export.id).delete()
    transaction.on_commit(partial(files.remove, export))
    return QsysExportDeleteOut(export=export.id, name=export.name)


def _out(export: Export) -> QsysExportOut:
    return QsysExportOut(
        export=export.id,
        device=export.device_id,
        name=export.name,
        rows=export.rows,
        size=export.size,
        sha256=export.sha256,
        url=f"/api/v1/exports/{export.id}/file/",
        expires_at=export.expires_at,
    )
