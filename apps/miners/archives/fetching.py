"""Fetching the support archive of one miner into a file: whole, a zip, or nothing is left."""

from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID
from zipfile import is_zipfile

from django.conf import settings
from django.utils.text import slugify

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel import clock, wholefiles
from apps.kernel.errors import Code, Failure
from apps.miners.archives import files
from apps.miners.driver import MinerSession
from apps.miners.models import SupportArchive
from apps.operations.context import Context


def fetch(ctx: Context, device: Device, job_id: UUID) -> SupportArchive:
    """The file and its row. Raises as the driver does, and `device_rejected` for what is no zip."""
    path = files.path_of(job_id)
    with wholefiles.whole(path, f"{ctx.epoch}") as file:
        firmware = _receive(ctx, device, file)
        file.flush()
        _require_zip(device, Path(file.name))
    written = wholefiles.measured(path)
    now = clock.now()
    archive, _ = SupportArchive.system.update_or_create(
        job_id=job_id,
        defaults={
            "device": device,
            "name": f"{slugify(device.name) or 'miner'}-support-{now:%Y%m%dT%H%M}.zip",
            "firmware": firmware[:100],
            "size": written.size,
            "sha256": written.sha256,
            "made_by": ctx.actor.label,
            "created_at": now,
            "expires_at": now + timedelta(hours=settings.CONFIG.export_keep_hours),
        },
    )
    return archive


def _receive(ctx: Context, device: Device, file: BinaryIO) -> str:
    """Write the miner's pieces as they come; the firmware it ran. Local writes are short enough
    for the loop."""

    async def ask(session: MinerSession) -> str:
        file.seek(0)
        file.truncate()
        version = (await session.client.details()).version
        async for piece in session.client.records.archive(timeout=ctx.remaining()):
            file.write(piece)
        return version

    return sessions.call(device, ask, ctx)


def _require_zip(device: Device, path: Path) -> None:
    if not is_zipfile(path):
        words = f"What {device.name} sent is no whole zip; nothing was kept. Try again."
        raise Failure(Code.DEVICE_REJECTED, words)
