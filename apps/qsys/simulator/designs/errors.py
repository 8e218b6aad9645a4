"""The one error of a design file: where it is, what is wrong, what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class DesignError(ValueError):
    """A design that cannot be run; its text is for the person who wrote the file."""

    def __init__(self, words: str, *, source: str = "", line: int = 0, path: str = "") -> None:
        self.words, self.source, self.line, self.path = words, source, line, path
        place = f"{source or 'design'}, line {line}" if line else source or "design"
        super().__init__(f"{place}: {path}: {words}" if path else f"{place}: {words}")


def choice(given: str, allowed: Iterable[str]) -> str:
    """What may stand instead of `given`, the nearest first."""
    names = sorted(allowed)
    near = difflib.get_close_matches(given, names, n=1)
    return (f"did you mean '{near[0]}'? " if near else "") + f"Allowed: {', '.join(names)}."
