"""Spells of the inventory for reading: what an item is, was, and how much of a range that was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from apps.console.status import Badge, badge
from apps.qsys.inventory.codes import RANK, WORDS, worded
from apps.qsys.inventory.selectors import is_stale, seconds_of
from apps.qsys.models import InventoryItem, InventorySpell, ItemKind, StatusCode

#: Narrower pieces of the strip are drawn as wide as this, or nobody sees a short fault.
LEAST: Final = 0.4


@dataclass(frozen=True, slots=True)
class Shown:
    """An item and what it is now. `stale` tells that its Core does not answer."""

    item: InventoryItem
    status: str
    text: str
    since: datetime
    stale: bool

    @property
    def name(self) -> str:
        """As people call it."""
        return name_of(self.item)


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of time in one status; `seconds` up to now where it goes on."""

    status: str
    text: str
    began: datetime
    ended: datetime | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A spell as a piece of a strip that is 100 wide."""

    tone: str
    x: float
    width: float
    words: str


@dataclass(frozen=True, slots=True)
class Total:
    """What the spells of one status come to; `percent` of the time that is known."""

    status: str
    seconds: int
    spells: int
    percent: float


@dataclass(frozen=True, slots=True)
class Count:
    """How many items are in one status."""

    status: str
    look: Badge
    count: int


def counts(found: Mapping[int, int]) -> list[Count]:
    """Counts by code, all six, worst first."""
    return [Count(word, badge("item", word), count) for word, count in worded(found).items()]


def bad(found: Mapping[int, int]) -> list[Count]:
    """Only of what is there and not OK."""
    return [one for one in counts(found) if one.count and one.status != WORDS[StatusCode.OK]]


def name_of(item: InventoryItem) -> str:
    """An item as people call it."""
    if item.kind == ItemKind.COMPONENT:
        return item.component
    return "The other Core of the pair" if item.kind == ItemKind.PARTNER else "The Core itself"


def shown(spell: InventorySpell) -> Shown:
    """An item by its open spell, which was read with item and device."""
    item = spell.item
    return Shown(item, WORDS[spell.code], spell.text, spell.began, is_stale(item.device))


def seen(spell: InventorySpell, now: datetime) -> Spell:
    """One spell as a row."""
    seconds = ((spell.ended or now) - spell.began).total_seconds()
    return Spell(WORDS[spell.code], spell.text, spell.began, spell.ended, max(0.0, seconds))


def strip(found: Sequence[InventorySpell], since: datetime, until: datetime) -> list[Piece]:
    """Spells side by side over a range, the worse ones last so that they lie on top."""
    whole = (until - since).total_seconds()
    pieces = []
    for one in sorted(found, key=lambda spell: -RANK[spell.code]):
        start = max(0.0, (one.began - since).total_seconds()) / whole * 100
        end = ((one.ended or until) - since).total_seconds() / whole * 100
        width = max(end - start, LEAST)
        look = badge("item", WORDS[one.code])
        pieces.append(Piece(look.tone, min(start, 100 - LEAST), width, look.word))
    return pieces


def totals(found: Sequence[InventorySpell], since: datetime, until: datetime) -> list[Total]:
    """What spells come to within a range, the worst status first."""
    seconds, began = seconds_of(found, since, until)
    known = sum(seconds.values()) or 1
    return [
        Total(WORDS[code], seconds[code], began[code], seconds[code] / known * 100)
        for code in sorted(seconds, key=lambda code: RANK[code])
    ]
