"""Tokens live by use; images are what they were built as."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.clock import ManualClock
from apps.miners.simulator import build_image
from apps.miners.simulator.image import NotAnImage, read_header
from apps.miners.simulator.tokens import Tokens


def new_tokens() -> tuple[Tokens, ManualClock]:
    clock = ManualClock(datetime(2026, 11, 20, tzinfo=UTC))
    return Tokens(clock, lifetime_s=100), clock


def test_several_tokens_live_at_once() -> None:
    tokens, _ = new_tokens()
    issued = {tokens.issue() for _ in range(20)}
    assert len(issued) == 20
    assert all(tokens.use(token) for token in issued)


@given(st.lists(st.floats(1, 200), max_size=8))
def test_a_token_dies_at_its_first_idle_lifetime(gaps: list[float]) -> None:
    tokens, clock = new_tokens()
    token = tokens.issue()
    alive = True
    for gap in gaps:
        clock.advance(gap)
        alive = alive and gap < 100
        assert tokens.use(token) == alive


def test_unknown_and_dropped_tokens_are_worthless() -> None:
    tokens, _ = new_tokens()
    token = tokens.issue()
    assert tokens.use("") is False
    tokens.drop_all()
    assert tokens.use(token) is False


versions = st.from_regex(r"2026-0[1-9]-1[0-9]-0-[0-9a-f]{8}-26\.0[1-9]-plus", fullmatch=True)


@given(versions, st.integers(200, 20_000))
def test_an_image_has_its_size_and_tells_its_version(version: str, size: int) -> None:
    image = build_image(version, size=size)
    assert len(image) == size
    assert image == build_image(version, size=size)
    assert read_header(image).version == version


def test_an_image_too_small_for_its_header_cannot_be() -> None:
    with pytest.raises(ValueError, match="needs at least"):
        build_image("2026-04-14-0-912d084c-26.04-plus", size=20)


@given(st.binary(max_size=300))
def test_other_bytes_are_no_image(data: bytes) -> None:
    with pytest.raises(NotAnImage):
        read_header(data)


@pytest.mark.parametrize("line", [b"{}", b"[1]", b"nonsense", b'{"version": "x"}'])
def test_a_broken_header_is_no_image(line: bytes) -> None:
    with pytest.raises(NotAnImage, match="cannot be read"):
        read_header(b"BOS-FIRMWARE " + line + b"\npadding")
