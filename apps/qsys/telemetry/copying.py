"""Rows in PostgreSQL's binary COPY format: packed a row at once, as field by field costs five
times the time, which the writer's thread would take from the polls."""

import struct
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import psycopg
from django.db import connection

from apps.qsys.telemetry.packing import pack
from apps.qsys.telemetry.records import Change
from apps.qsys.telemetry.rollup import Second
from apps.qsys.telemetry.samples import Samples

#: Microseconds from 1970 to 2000, from which PostgreSQL counts.
_EPOCH_US: Final = 946_684_800_000_000
_BEGIN: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"
#: Rows handed to the driver at once.
_CHUNK_ROWS: Final = 500

_second: Final = struct.Struct(">hiqiiiiifififif").pack
_frame: Final = struct.Struct(">hiqi16siii").pack
_numeric: Final = struct.Struct(">hiqididiiiiiiifi").pack
_change: Final = struct.Struct(">hiq").pack
_double: Final = struct.Struct(">id").pack
_ids: Final = struct.Struct(">iiiiii").pack
_single: Final = struct.Struct(">if").pack
_length: Final = struct.Struct(">i").pack


def copy(table: str, columns: Iterable[str], rows: Iterator[bytes]) -> None:
    """Copy rows into a table, within the transaction that is open; nothing without rows.

    Rows are sent as they are made, so that the database works on some while the next are made.
    """
    chunk = b"".join(islice(rows, _CHUNK_ROWS))
    if not chunk:
        return
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    with raw.cursor() as cursor, cursor.copy(statement.encode()) as target:
        target.write(_BEGIN)
        while chunk:
            target.write(chunk)
            chunk = b"".join(islice(rows, _CHUNK_ROWS))
        target.write(_END)


SECOND_COLUMNS: Final = ("at", "control_id", "samples", "minimum", "maximum", "mean", "last")


def second_row(one: Second) -> bytes:
    """The figures of a control in a second."""
    return _second(
        7, 8, one.second * 1_000_000 - _EPOCH_US, 4, one.control_id, 4, one.samples,
        4, one.minimum, 4, one.maximum, 4, one.mean, 4, one.last,
    )  # fmt: skip


FRAME_COLUMNS: Final = ("at", "device_id", "samples", "data")


def frame_row(one: Samples) -> bytes:
    """A device's samples of a second, packed."""
    data = pack(one)
    at_us = one.second * 1_000_000 - _EPOCH_US
    return _frame(4, 8, at_us, 16, one.device_id.bytes, 4, len(one), len(data)) + data


CHANGE_COLUMNS: Final = (
    "at", "number", "previous", "source_id", "control_id", "origin_id", "position", "string",
    "previous_string",
)  # fmt: skip


def change_row(one: Change, source: int, origin: int) -> bytes:
    """A discrete change, with the numbers of its source and its origin."""
    number, previous, position = one.number, one.previous, one.position
    at_us, string, before = one.at_us - _EPOCH_US, one.string.encode(), one.previous_string
    if number is not None and previous is not None and position is not None:
        head = _numeric(
            9, 8, at_us, 8, number, 8, previous, 4, source, 4, one.control_id, 4, origin,
            4, position, len(string),
        )  # fmt: skip
    else:
        parts = (
            _change(9, 8, at_us),
            _NULL if number is None else _double(8, number),
            _NULL if previous is None else _double(8, previous),
            _ids(4, source, 4, one.control_id, 4, origin),
            _NULL if position is None else _single(4, position),
            _length(len(string)),
        )
        head = b"".join(parts)
    return head + string + (_NULL if before is None else _text(before))


def _text(value: str) -> bytes:
    data = value.encode()
    return _length(len(data)) + data
