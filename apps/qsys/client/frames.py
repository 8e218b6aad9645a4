"""Cuts the byte stream of QRC into JSON texts, each of which ends with one NUL."""

from __future__ import annotations

MAX_FRAME = 16 * 1024 * 1024
NUL = b"\0"


class FrameTooLargeError(ValueError):
    """More bytes without a frame end than any answer of a Core can have."""


class NulFrames:
    """Incremental splitter: bytes in as they arrive, whole frames out.

    The unfinished tail is kept untouched until a NUL arrives, so a large answer in many segments
    is scanned once. Empty frames (two NULs in a row) are dropped.
    """

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._limit = limit
        self._tail = bytearray()

    def __len__(self) -> int:
        """Bytes that wait for their frame end."""
        return len(self._tail)

    def feed(self, data: bytes) -> list[bytes]:
        """The frames which `data` completes, in order, without their NUL.

        Raises FrameTooLargeError when a frame, finished or not, exceeds the limit.
        """
        end = data.rfind(NUL)
        if end < 0:
            self._tail += data
            self._check(len(self._tail))
            return []
        whole = data[:end]
        if self._tail:
            self._tail += whole
            whole = bytes(self._tail)
        self._tail = bytearray(data[end + 1 :])
        frames = [frame for frame in whole.split(NUL) if frame]
        self._check(max(map(len, frames), default=0))
        return frames

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise FrameTooLargeError(f"a frame of {size} bytes exceeds the limit of {self._limit}")
