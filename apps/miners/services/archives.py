"""Support archives, as callers have them fetched, download and delete them."""

from functools import partial
from uuid import UUID

from django.db import transaction

from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import not_found
from apps.miners.archives import files
from apps.miners.archives.fetching import fetch
from apps.miners.models import SupportArchive
from apps.miners.models.archive import ArchiveRows
from apps.miners.schemas.archives import (
    MinersArchiveDeleteIn,
    MinersArchiveDeleteOut,
    MinersArchiveDownloadIn,
    MinersArchiveFetchIn,
    MinersArchiveOut,
)
from apps.miners.services.lookup import miner_of
from apps.operations.context import Context
from apps.operations.core import TargetRef
from apps.operations.outcome import Outcome

VIEW = "miners.view"


def archives(actor: Actor) -> ArchiveRows:
    """Archives that the actor may see, newest first."""
    return SupportArchive.objects.for_actor(actor, VIEW)


def archive_get(actor: Actor, archive_id: UUID) -> SupportArchive:
    """One archive; raises `not_found` whether absent, foreign or over."""
    rows = archives(actor).select_related("device")
    found = rows.filter(id=archive_id, expires_at__gt=clock.now()).first()
    if found is None:
        raise not_found("archive", archive_id)
    return found


def archive_targets(
    actor: Actor, data: MinersArchiveDownloadIn | MinersArchiveDeleteIn
) -> tuple[TargetRef, ...]:
    """The miner of the archive."""
    device = archive_get(actor, data.archive).device
    return (TargetRef("device", device.id, device.name, device.site_path, device.id),)


def archive_fetch(ctx: Context, data: MinersArchiveFetchIn) -> MinersArchiveOut:
    """Fetch the file, in the worker. Repeating it fetches the same file anew."""
    if ctx.job_id is None:
        raise ValueError("an archive is fetched by a job")
    return _out(fetch(ctx, miner_of(ctx.actor, data.device), ctx.job_id))


def fetch_settle(ctx: Context, data: MinersArchiveFetchIn, intent: UUID) -> Outcome | None:
    """Nothing of the miner changes, so there is nothing to ask it."""
    return None


def archive_download(ctx: Context, data: MinersArchiveDownloadIn) -> MinersArchiveOut:
    """What the file is and where it is fetched; the evidence is of this call."""
    archive = archive_get(ctx.actor, data.archive)
    if not files.path_of(archive.job_id).is_file():
        raise not_found("file of archive", archive.id)
    return _out(archive)


def archive_delete(ctx: Context, data: MinersArchiveDeleteIn) -> MinersArchiveDeleteOut:
    """Delete a file before its time."""
    archive = archive_get(ctx.actor, data.archive)
    ctx.before = {"name": archive.name, "size": archive.size, "sha256": archive.sha256}
    SupportArchive.system.filter(id=archive.id).delete()
    transaction.on_commit(partial(files.remove, archive))
    return MinersArchiveDeleteOut(archive=archive.id, name=archive.name)


def _out(archive: SupportArchive) -> MinersArchiveOut:
    return MinersArchiveOut(
        archive=archive.id,
        device=archive.device_id,
        name=archive.name,
        firmware=archive.firmware,
        size=archive.size,
        sha256=archive.sha256,
        url=f"/api/v1/archives/{archive.id}/file/",
        expires_at=archive.expires_at,
    )
