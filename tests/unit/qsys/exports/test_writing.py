"""Rows are written so that they read back the same, whatever is in them, in bounded memory."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from apps.fleet.exchange import bare
from apps.qsys.exports.parquet import GROUP, ParquetRows
from apps.qsys.exports.shapes import Column
from apps.qsys.exports.writing import CsvRows

VALUES = st.fixed_dictionaries(
    {
        "time": st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        "text": st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0\r")),
        "number": st.none() | st.floats(allow_nan=False),
        "whole": st.none() | st.integers(-(2**40), 2**40),
    }
)


@given(st.lists(VALUES, max_size=20))
def test_whatever_is_written_reads_back_the_same(rows: list[Any]) -> None:
    columns = [Column(kind, kind) for kind in ("time", "text", "number", "whole")]  # type: ignore[arg-type]
    given_rows = [tuple(row[column.name] for column in columns) for row in rows]
    parquet, text = io.BytesIO(), io.BytesIO()
    for writer in (ParquetRows(parquet, columns), CsvRows(text, columns)):
        writer.write(given_rows)
        writer.close()
    found = pq.read_table(io.BytesIO(parquet.getvalue())).to_pylist()
    assert [tuple(row.values()) for row in found] == given_rows
    lines = list(csv.reader(io.StringIO(text.getvalue().decode(), newline="")))
    assert len(lines) == len(rows) + 1
    assert [bare(line[1]) for line in lines[1:]] == [row[1] or "" for row in given_rows]
    assert [line[2:] for line in lines[1:]] == [
        ["" if one is None else str(one) for one in row[2:]] for row in given_rows
    ]


def test_a_group_is_all_of_a_file_that_memory_holds(tmp_path: Path) -> None:
    path = tmp_path / "many.parquet"
    with path.open("wb") as file:
        writer = ParquetRows(file, [Column("n", "whole")])
        for start in range(0, 3 * GROUP, 5_000):
            writer.write([(n,) for n in range(start, start + 5_000)])
            assert len(writer._rows) < GROUP + 5_000
        writer.close()
    found = pq.ParquetFile(path)
    assert (found.metadata.num_rows, found.metadata.num_row_groups) == (3 * GROUP, 3)
