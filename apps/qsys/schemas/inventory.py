"""Inputs and outputs of the operations on the inventory of Cores."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from apps.operations.core import Schema
from apps.qsys.inventory.codes import Word

CORE = Field(
    default=None, min_length=1, max_length=100, description="Id or name of one Core; else all."
)
SITE = Field(
    default="",
    max_length=300,
    pattern=r"^(/([a-z0-9_-]{1,40}/)*)?$",
    description="Path of a place, with all that is under it; blank: everywhere.",
)
STATUS = "fault, missing, compromised, initializing, not_present or ok."


class QsysInventoryListIn(Schema):
    """Which items; what is left out lets everything through."""

    device: str | None = CORE
    site: str = SITE
    kinds: list[Literal["core", "partner", "component"]] = Field(
        default=[], max_length=3, description="What they are; empty: whatever."
    )
    statuses: list[Word] = Field(
        default=[], max_length=6, description="What they report; empty: whatever."
    )
    text: str = Field(
        default="", max_length=100, description="Part of a component, of a Core or of the words."
    )
    for_seconds: int = Field(
        default=0, ge=0, le=2**31 - 1, description="In this status for so many seconds at least."
    )
    cursor: str | None = Field(
        default=None, max_length=60, description="From the answer before, to go on there."
    )
    limit: int = Field(default=100, ge=1, le=1_000, description="How many of them at most.")


class QsysInventoryItem(Schema):
    """An item and what it is now."""

    item: UUID = Field(description="Id of the item, for its history.")
    device: UUID = Field(description="Id of the Core.")
    device_name: str = Field(description="Name of the Core.")
    site: str = Field(description="Path of the Core's place.")
    kind: str = Field(description="core, partner (the other Core of a pair) or component.")
    component: str = Field(description="Code Name; blank: the Core itself.")
    control: str = Field(description="The control that reports it; blank: the Core itself.")
    status: Word = Field(description=STATUS)
    text: str = Field(description="In the Core's own words.")
    since: AwareDatetime = Field(description="Since when it has been so.")
    seconds: int = Field(description="For how many seconds.")
    stale: bool = Field(description="True: the Core does not answer, so it may be over.")


class QsysInventoryListOut(Schema):
    """Items, worst first; of equal ones the longest first."""

    items: list[QsysInventoryItem] = Field(description="Items, worst first, then longest.")
    cursor: str | None = Field(description="Give it back for the next page; null: there is none.")


class QsysInventoryHistoryIn(Schema):
    """Which item, and of when."""

    item: UUID = Field(description="Id of the item, as the list has it.")
    since: AwareDatetime | None = Field(default=None, description="From then; else 30 days ago.")
    until: AwareDatetime | None = Field(default=None, description="Until then; left out: now.")
    limit: int = Field(default=200, ge=1, le=5_000, description="How many spells at most.")


class QsysInventorySpell(Schema):
    """A stretch of time in one status."""

    status: Word = Field(description=STATUS)
    text: str = Field(description="The Core's last words of it.")
    began: AwareDatetime = Field(description="When it began, also before the range.")
    ended: AwareDatetime | None = Field(description="When it ended; null: it goes on.")
    seconds: int = Field(description="How long it lasted or has lasted, in seconds.")


class QsysInventoryTotal(Schema):
    """What the spells of one status come to."""

    status: Word = Field(description=STATUS)
    seconds: int = Field(description="Seconds of it within the range.")
    spells: int = Field(description="How many began within the range.")


class QsysInventoryHistoryOut(Schema):
    """What an item was, newest first."""

    device: UUID = Field(description="Id of the Core.")
    device_name: str = Field(description="Name of the Core.")
    kind: str = Field(description="core, partner or component.")
    component: str = Field(description="Code Name; blank: the Core itself.")
    control: str = Field(description="The control that reports it; blank: the Core itself.")
    spells: list[QsysInventorySpell] = Field(description="Spells in the range, newest first.")
    totals: list[QsysInventoryTotal] = Field(
        description="What those spells come to, the worst status first."
    )
    more: bool = Field(description="Whether there are older spells than were asked for.")


class QsysInventoryRollupIn(Schema):
    """Of which place, and by what."""

    site: str = SITE
    by: Literal["place", "core"] = Field(
        default="place", description="place: each with all under it. core: each Core."
    )
    limit: int = Field(default=200, ge=1, le=2_000, description="How many rows at most.")


class QsysInventorySum(Schema):
    """Items added up; the worst of them counts."""

    key: str = Field(description="Path of the place or id of the Core; blank: all together.")
    name: str = Field(description="Path of the place, or name of the Core.")
    status: Word = Field(description="The worst of its items.")
    since: AwareDatetime | None = Field(
        description="When the oldest of the worst began; null: there are no items."
    )
    cores: int = Field(description="How many Cores.")
    counts: dict[Word, int] = Field(description="How many items are in each status.")


class QsysInventoryRollupOut(Schema):
    """The whole, and its parts worst first."""

    total: QsysInventorySum = Field(description="All that the caller may see there, together.")
    parts: list[QsysInventorySum] = Field(description="Places or Cores, worst first.")
    more: bool = Field(description="Whether there are more parts than were asked for.")
