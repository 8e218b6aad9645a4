"""How a Core reads channel strings: `1 2 3`, `1-6 9`, `*`, `* !3-5`."""

from __future__ import annotations


def expand(text: str, there: list[int]) -> list[int] | None:
    """The channels a string names, in order; None when one of them is not `there`.

    Raises ValueError when the string cannot be read.
    """
    words = text.replace(",", " ").split()
    if not words:
        raise ValueError("no channel")
    named: set[int] = set()
    for word in words:
        body = word.removeprefix("!")
        span = set(there) if body == "*" else _span(body)
        if not span <= set(there):
            return None
        named = named - span if word.startswith("!") else named | span
    return sorted(named)


def _span(body: str) -> set[int]:
    first, dash, last = body.partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()):
        raise ValueError(f"cannot read '{body}'")
    return set(range(int(first), int(last or first) + 1))
