"""Parquet, row group by row group; importing this loads a large library."""

from collections.abc import Sequence
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from apps.qsys.exports.shapes import Column, Row

#: Rows of a group: what memory holds of a file.
GROUP: Final = 50_000
TYPES: Final[dict[str, Any]] = {
    "time": pa.timestamp("us", tz="UTC"),
    "text": pa.string(),
    "number": pa.float64(),
    "whole": pa.int64(),
}


class ParquetRows:
    """Compressed row groups; times are in UTC, to the microsecond."""

    def __init__(self, file: BinaryIO, columns: Sequence[Column]) -> None:
        self._schema = pa.schema([(column.name, TYPES[column.kind]) for column in columns])
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._rows: list[Row] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows; a group is written when it is full."""
        self._rows.extend(rows)
        while len(self._rows) >= GROUP:
            self._put(self._rows[:GROUP])
            del self._rows[:GROUP]

    def close(self) -> None:
        """Write the last group and the directory of groups."""
        if self._rows:
            self._put(self._rows)
            self._rows = []
        self._writer.close()

    def _put(self, rows: Sequence[Row]) -> None:
        values = zip(*rows, strict=True)
        arrays = [
            pa.array(column, type=field.type)
            for column, field in zip(values, self._schema, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
