"""Writes rows into a file, piece by piece, as CSV or as Parquet."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC
from typing import Any, BinaryIO, Final, Protocol

from apps.fleet.exchange import guarded
from apps.qsys.exports.shapes import Column, Row
from apps.qsys.models import ExportFormat

MEDIA: Final[dict[str, str]] = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}


class RowWriter(Protocol):
    """Takes rows; what it wrote is whole after `close`."""

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows of the file's columns."""

    def close(self) -> None:
        """Write what is left; the file itself stays open."""


def row_writer(form: str, file: BinaryIO, columns: Sequence[Column]) -> RowWriter:
    """The writer of a format."""
    if form == ExportFormat.PARQUET:
        # The library takes 40 MB of memory: only a process that writes such a file loads it.
        from apps.qsys.exports.parquet import ParquetRows

        return ParquetRows(file, columns)
    return CsvRows(file, columns)


class CsvRows:
    """CSV with a heading, times as RFC 3339 in UTC, nothing for what is not there.

    Text that a spreadsheet would take for a formula has an apostrophe before it.
    """

    def __init__(self, file: BinaryIO, columns: Sequence[Column]) -> None:
        self._text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        self._writer = csv.writer(self._text)
        self._cells = [_CELLS[column.kind] for column in columns]
        self._writer.writerow([column.name for column in columns])

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows."""
        self._writer.writerows(
            [cell(value) for cell, value in zip(self._cells, row, strict=True)] for row in rows
        )

    def close(self) -> None:
        """Let go of the file."""
        self._text.flush()
        self._text.detach()


def _time(value: Any) -> str:
    text: str = value.astimezone(UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


def _text(value: str | None) -> str:
    return guarded(value) if value else ""


def _plain(value: Any) -> Any:
    return "" if value is None else value


_CELLS: Final = {"time": _time, "text": _text, "number": _plain, "whole": _plain}
