"""Firmware releases of Braiins OS: read from the long version string, compared as numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RELEASE = re.compile(r"(\d{2})\.(\d{1,2})(?:\.(\d+))?")


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """Year, month and patch; `26.05` is patch 0 and older than `26.05.1`."""

    year: int
    month: int
    patch: int = 0

    def __str__(self) -> str:
        text = f"{self.year:02d}.{self.month:02d}"
        return f"{text}.{self.patch}" if self.patch else text


def parse_release(text: str) -> Release:
    """Reads `26.08.1`, or the part with a dot of `2026-08-25-0-1a2b3c4d-26.08.1-plus`.

    Raises ValueError for anything else.
    """
    for part in text.split("-"):
        if found := _RELEASE.fullmatch(part):
            year, month, patch = found.groups()
            return Release(int(year), int(month), int(patch or 0))
    raise ValueError(
        f"{text!r} names no release; give one like 26.08.1, or the miner's whole version string."
    )
