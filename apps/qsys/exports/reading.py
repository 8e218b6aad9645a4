"""Reads what is to be exported, piece by piece, on a connection of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import psycopg
from django.db import connection

from apps.qsys.exports.shapes import Row
from apps.qsys.models import Control, ExportContent
from apps.qsys.telemetry.packing import unpack

#: Rows in one piece; of packed seconds, which hold thousands of samples each, fewer.
PIECE: Final = 5_000
PACKED: Final = 50

_EVENTS: Final = """
SELECT at, control_id, number, string, position, previous, previous_string, cause, actor,
    call_id::text, design_code
FROM qsys_event
WHERE device_id = %(device)s AND at >= %(since)s AND at < %(until)s
    AND (%(ids)s::int[] IS NULL OR control_id = ANY(%(ids)s))
ORDER BY at, control_id
"""
# Control by control, as the index has them: nothing is sorted before the first row comes.
_SECONDS: Final = """
SELECT found.at, wanted.id, found.samples, found.minimum, found.maximum, found.mean, found.last
FROM unnest(%(ids)s::int[]) WITH ORDINALITY AS wanted (id, place)
JOIN LATERAL (
    SELECT at, samples, minimum, maximum, mean, last FROM qsys_second
    WHERE control_id = wanted.id AND at >= %(since)s AND at < %(until)s ORDER BY at
) AS found ON true
"""
_FRAMES: Final = """
SELECT at, data FROM qsys_frame
WHERE device_id = %(device)s AND at >= %(first)s AND at < %(until)s ORDER BY at
"""


@dataclass(frozen=True, slots=True)
class Extract:
    """What is to be read: of one Core, from `since` to before `until`.

    `ids` are the controls that are meant, None for all of them.
    """

    device_id: UUID
    content: str
    since: datetime
    until: datetime
    ids: Sequence[int] | None = None


def pieces(extract: Extract) -> Iterator[list[Row]]:
    """The rows in pieces, changes and samples by time, figures by control and time.

    One snapshot is read, so what is stored meanwhile is not in it.
    """
    known = Control.system.filter(device_id=extract.device_id)
    if extract.ids is not None:
        known = known.filter(id__in=extract.ids)
    names = {number: (owner, name) for number, owner, name in known.values_list(*_NAMED)}
    if extract.content == ExportContent.SAMPLES:
        yield from _samples(extract, names)
        return
    for rows in _read(extract, _QUERIES[extract.content], PIECE, sorted(names)):
        yield [(row[0], *names.get(row[1], ("", f"#{row[1]}")), *row[2:]) for row in rows]


_NAMED: Final = ("id", "component", "name")
_QUERIES: Final[dict[str, str]] = {
    ExportContent.EVENTS: _EVENTS,
    ExportContent.SECONDS: _SECONDS,
}


def _samples(extract: Extract, names: dict[int, tuple[str, str]]) -> Iterator[list[Row]]:
    for rows in _read(extract, _FRAMES, PACKED, None):
        for second, data in rows:
            taken = (
                (second + timedelta(milliseconds=one.offset), one.control_id, one.value)
                for one in unpack(bytes(data))
            )
            yield [
                (at, *names[control], value)
                for at, control, value in taken
                if control in names and extract.since <= at < extract.until
            ]


def _read(extract: Extract, query: str, piece: int, known: list[int] | None) -> Iterator[list[Row]]:
    """Fetch by a cursor of the server, so that memory holds one piece of whatever there is."""
    wanted = None if extract.ids is None and extract.content == ExportContent.EVENTS else known
    given = {
        "device": extract.device_id,
        "since": extract.since,
        "first": extract.since.replace(microsecond=0),
        "until": extract.until,
        "ids": wanted,
    }
    with _apart() as raw, raw.transaction(), raw.cursor(name="export") as cursor:
        cursor.execute(query, given)
        while rows := cursor.fetchmany(piece):
            yield rows


@contextmanager
def _apart() -> Iterator[psycopg.Connection[Any]]:
    """A connection beside the one on which the job's progress is written and committed."""
    reader = connection.copy()
    try:
        reader.ensure_connection()
        yield reader.connection
    finally:
        reader.close()
