"""The packed form of a second's samples: columns, compressed; about four bytes a sample."""

import struct
import sys
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from apps.qsys.telemetry.samples import Samples

Column: TypeAlias = "array[int] | array[float]"

VERSION: Final = 1
_HEAD: Final = struct.Struct("<BI")
#: Fast is enough: the columns repeat themselves, and better costs five times the time.
_LEVEL: Final = 1
_SWAP: Final = sys.byteorder == "big"


@dataclass(frozen=True, slots=True)
class Sample:
    """One unpacked sample; `offset` in milliseconds from the start of its second."""

    control_id: int
    offset: int
    value: float


def pack(samples: Samples) -> bytes:
    """A header (version, count) and three little-endian columns: ids, offsets, values."""
    columns = (samples.controls, samples.offsets, samples.values)
    body = b"".join(_bytes(column) for column in columns)
    return _HEAD.pack(VERSION, len(samples)) + zlib.compress(body, _LEVEL)


def unpack(data: bytes) -> Iterator[Sample]:
    """The samples in the order they were taken; raises ValueError for anything else."""
    controls, offsets, values = array("i"), array("H"), array("f")
    try:
        version, count = _HEAD.unpack_from(data)
        body = zlib.decompress(data[_HEAD.size :])
    except (struct.error, zlib.error) as error:
        raise ValueError(f"not a packed second: {error}") from None
    columns: tuple[Column, ...] = (controls, offsets, values)
    sizes = [count * column.itemsize for column in columns]
    if version != VERSION or len(body) != sum(sizes):
        raise ValueError(f"not a packed second of version {VERSION}, or cut short")
    start = 0
    for column, size in zip(columns, sizes, strict=True):
        _fill(column, body[start : start + size])
        start += size
    return map(Sample, controls, offsets, values)


def _fill(column: Column, data: bytes) -> None:
    column.frombytes(data)
    if _SWAP:
        column.byteswap()


def _bytes(column: Column) -> bytes:
    if not _SWAP:
        return column.tobytes()
    swapped = column[:]
    swapped.byteswap()
    return swapped.tobytes()
