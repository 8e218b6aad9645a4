"""A second's samples come back as they went in, from a form that nothing else is taken for."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.ids import new_id
from apps.qsys.telemetry.packing import Sample, pack, unpack
from apps.qsys.telemetry.samples import Samples

SINGLE = st.floats(width=32, allow_nan=False)
SAMPLES = st.lists(st.tuples(st.integers(1, 2**31 - 1), st.integers(0, 999), SINGLE), max_size=200)


def collected(rows: list[tuple[int, int, float]]) -> Samples:
    samples = Samples(new_id(), 1_700_000_000)
    for row in rows:
        samples.add(*row)
    return samples


@given(SAMPLES)
def test_packing_loses_nothing(rows: list[tuple[int, int, float]]) -> None:
    assert list(unpack(pack(collected(rows)))) == [Sample(*row) for row in rows]


@given(st.binary(max_size=200))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a packed second"):
        list(unpack(data))


@given(SAMPLES.filter(bool), st.data())
def test_a_cut_frame_is_refused(rows: list[tuple[int, int, float]], data: st.DataObject) -> None:
    packed = pack(collected(rows))
    cut = packed[: data.draw(st.integers(0, len(packed) - 1))]
    with pytest.raises(ValueError, match="not a packed second"):
        list(unpack(cut))


def test_a_count_that_does_not_fit_is_refused() -> None:
    packed = pack(collected([(1, 2, 3.0)]))
    with pytest.raises(ValueError, match="cut short"):
        list(unpack(struct.pack("<BI", 1, 9) + packed[5:]))
    with pytest.raises(ValueError, match="of version 1"):
        list(unpack(b"\x02" + packed[1:]))


def test_a_second_of_meters_takes_few_bytes() -> None:
    rows = [(n, tick * 30, -30.0 + n) for tick in range(33) for n in range(64)]
    assert len(pack(collected(rows))) < 5 * len(rows)
