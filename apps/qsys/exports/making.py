"""Makes one file of an extract: bounded in memory and in size, stopped when somebody says so."""

from collections.abc import Iterator
from datetime import timedelta
from typing import BinaryIO, Final
from uuid import UUID

from django.conf import settings
from django.utils.text import slugify

from apps.fleet.models import Device
from apps.kernel import clock, wholefiles
from apps.kernel.errors import Code, Failure, conflict
from apps.operations.context import Context
from apps.qsys.exports import files
from apps.qsys.exports.reading import Extract, pieces
from apps.qsys.exports.shapes import COLUMNS, Row
from apps.qsys.exports.writing import row_writer
from apps.qsys.models import Export

#: Seconds between two looks at whether the job may go on, and two words of how far it is.
LOOKS_EVERY: Final = 1.0


def make(ctx: Context, device: Device, extract: Extract, form: str, job_id: UUID) -> Export:
    """Write the file and its row. Raises `conflict` when cancelled, `too_large` over the limit.

    Whatever ends it before, no file is left.
    """
    path = files.path_of(job_id, form)
    with wholefiles.whole(path, f"{ctx.epoch}") as file:
        rows = _write(ctx, file, extract, form)
    written = wholefiles.measured(path)
    now = clock.now()
    span = f"{extract.since:%Y%m%dT%H%M}-{extract.until:%Y%m%dT%H%M}"
    export, _ = Export.system.update_or_create(
        job_id=job_id,
        defaults={
            "device": device,
            "content": extract.content,
            "format": form,
            "name": f"{slugify(device.name) or 'core'}-{extract.content}-{span}.{form}",
            "since": extract.since,
            "until": extract.until,
            "rows": rows,
            "size": written.size,
            "sha256": written.sha256,
            "made_by": ctx.actor.label,
            "created_at": now,
            "expires_at": now + timedelta(hours=settings.CONFIG.export_keep_hours),
        },
    )
    return export


def _write(ctx: Context, file: BinaryIO, extract: Extract, form: str) -> int:
    """All rows; how many there were."""
    writer, rows, most = row_writer(form, file, COLUMNS[extract.content]), 0, files.size_most()
    for piece in _watched(ctx, extract):
        writer.write(piece)
        rows += len(piece)
        if file.tell() > most:
            raise _too_large(most, rows)
    writer.close()
    if file.tell() > most:
        raise _too_large(most, rows)
    return rows


def _watched(ctx: Context, extract: Extract) -> Iterator[list[Row]]:
    """The pieces, as long as nobody wants it to stop."""
    rows, looked = 0, clock.monotonic() - LOOKS_EVERY
    for piece in pieces(extract):
        if clock.monotonic() - looked >= LOOKS_EVERY:
            looked = clock.monotonic()
            ctx.remaining()
            if ctx.cancelled():
                raise conflict("Cancelled; what was written is deleted.")
            ctx.progress(rows, 0, f"{rows} rows are written.")
        rows += len(piece)
        yield piece


def _too_large(most: int, rows: int) -> Failure:
    return Failure(
        Code.TOO_LARGE,
        f"The file is over {most // 1024 // 1024} MiB after {rows} rows; take a shorter range or "
        "fewer controls.",
    )
