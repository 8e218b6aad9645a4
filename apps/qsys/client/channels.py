"""Channel strings of mixers: `1 2 3`, `1-6 9`, `*`, `* !3-5`, checked and read as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable

TERM = re.compile(r"^(?P<no>!?)(?:(?P<all>\*)|(?P<first>\d{1,4})(?:-(?P<last>\d{1,4}))?)$")
SEPARATOR = re.compile(r"[ ,]+")


def parse(text: str) -> tuple[tuple[bool, range | None], ...]:
    """The terms of a channel string: whether it adds, and which channels (None: all).

    Raises ValueError with a sentence for what a Core would refuse.
    """
    words = [word for word in SEPARATOR.split(text.strip()) if word]
    if not words:
        raise ValueError("name at least one channel, such as '1', '1-4 7' or '*'")
    return tuple(_term(word) for word in words)


def _term(word: str) -> tuple[bool, range | None]:
    found = TERM.match(word)
    if found is None:
        raise ValueError(f"{word!r} is no channel: write '3', '1-6', '*', or '!3' to leave one out")
    if found["all"]:
        return not found["no"], None
    first = int(found["first"])
    last = int(found["last"] or first)
    if not 1 <= first <= last:
        raise ValueError(f"{word!r} counts from 1 upwards, such as '1-6'")
    return not found["no"], range(first, last + 1)


def chosen(text: str, channels: Iterable[int]) -> list[int]:
    """Which of the mixer's channels a string names, in order; later terms win over earlier.

    A string that only leaves out (`!3`) starts from nothing, so it names no channel.
    """
    terms = parse(text)
    return [channel for channel in channels if _names(terms, channel)]


def _names(terms: tuple[tuple[bool, range | None], ...], channel: int) -> bool:
    named = False
    for adds, span in terms:
        if span is None or channel in span:
            named = adds
    return named
