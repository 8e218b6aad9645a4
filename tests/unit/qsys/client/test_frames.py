"""The stream of a Core is cut into the same frames however it was segmented."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.qsys.client.frames import FrameTooLargeError, NulFrames

texts = st.binary(min_size=1, max_size=60).filter(lambda text: b"\0" not in text)


def fed(frames: NulFrames, stream: bytes, cuts: list[int]) -> list[bytes]:
    """Feed a stream in the segments that the cuts make."""
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    found: list[bytes] = []
    for start, end in itertools.pairwise(edges):
        found += frames.feed(stream[start:end])
    return found


@given(st.lists(texts, max_size=8), st.lists(st.integers(0, 1000), max_size=12))
def test_any_segmentation_gives_the_same_frames(sent: list[bytes], cuts: list[int]) -> None:
    frames = NulFrames()
    stream = b"".join(text + b"\0" for text in sent)
    assert fed(frames, stream, cuts) == sent
    assert len(frames) == 0


@given(texts, texts)
def test_an_unfinished_frame_waits(first: bytes, second: bytes) -> None:
    frames = NulFrames()
    assert frames.feed(first + b"\0" + second) == [first]
    assert len(frames) == len(second)
    assert frames.feed(b"\0") == [second]


def test_empty_frames_are_dropped() -> None:
    assert NulFrames().feed(b"\0\0a\0\0b\0") == [b"a", b"b"]


def test_a_frame_of_exactly_the_limit_passes() -> None:
    assert NulFrames(limit=4).feed(b"abcd\0") == [b"abcd"]


@pytest.mark.parametrize("segments", [[b"abcde\0"], [b"abc", b"de"], [b"x\0abc", b"de\0"]])
def test_a_frame_beyond_the_limit_is_refused(segments: list[bytes]) -> None:
    frames = NulFrames(limit=4)
    *before, last = segments
    for segment in before:
        frames.feed(segment)
    with pytest.raises(FrameTooLargeError, match="limit of 4"):
        frames.feed(last)
