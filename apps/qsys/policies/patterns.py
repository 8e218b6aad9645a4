"""Shell patterns over names: does one cover a name, and could two cover the same one?"""

from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

#: What a token of a pattern stands for, besides a character of its own.
ANY: Final = "?"
MANY: Final = "*"

Tokens = tuple[str | None, ...]
"""Characters in small letters; None is any one, MANY any number."""


def covers(pattern: str, name: str) -> bool:
    """Whether a pattern (`*`, `?`, `[abc]`) covers a name. Case is ignored: it protects more."""
    return fnmatchcase(name.lower(), pattern.lower())


def overlap(one: str, other: str) -> bool:
    """Whether some name is covered by both patterns. A set such as `[abc]` counts as any one."""
    return _meet(_tokens(one), _tokens(other))


def _meet(one: Tokens, other: Tokens) -> bool:
    """Walks both at once: `reached` are the places in `other` where `one` may stand now."""
    reached = _past_many(other, {0})
    for token in one:
        if token == MANY:
            reached = set(range(min(reached, default=len(other) + 1), len(other) + 1))
            continue
        stepped = {
            place if other[place] == MANY else place + 1
            for place in reached
            if place < len(other) and _agree(token, other[place])
        }
        reached = _past_many(other, stepped)
    return len(other) in reached


def _past_many(other: Tokens, places: set[int]) -> set[int]:
    """The places, and those behind a MANY that stands for nothing."""
    found = set(places)
    for place, token in enumerate(other):
        if place in found and token == MANY:
            found.add(place + 1)
    return found


def _agree(one: str | None, other: str | None) -> bool:
    return one is None or other in (None, MANY) or one == other


@lru_cache(maxsize=4_096)
def _tokens(pattern: str) -> Tokens:
    found: list[str | None] = []
    place, text = 0, pattern.lower()
    while place < len(text):
        sign = text[place]
        end = _end_of_set(text, place) if sign == "[" else -1
        found.append(None if sign == ANY or end > 0 else sign)
        place = max(place, end) + 1
    return tuple(found)


def _end_of_set(text: str, start: int) -> int:
    """Where the set that begins at `start` ends, as fnmatch reads it; -1 when it does not."""
    first = start + 2 if text[start + 1 : start + 2] == "!" else start + 1
    return text.find("]", first + 1)
