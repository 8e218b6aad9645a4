"""The inventory as somebody may see it: items worst first, and their spells."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Case, IntegerField, Q, Value, When

from apps.fleet.models import Device, Liveness
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid, not_found
from apps.qsys.inventory.codes import RANK, WORST_FIRST
from apps.qsys.models import InventoryItem, InventorySpell
from apps.qsys.models.inventory import SpellRows
from apps.qsys.selectors.present import VIEW
from apps.qsys.telemetry.store import EPOCH, moment

_RANKED: Final = Case(
    *(When(code=int(code), then=Value(RANK[int(code)])) for code in WORST_FIRST),
    output_field=IntegerField(),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items: empty members let everything through. `least` is how long at least."""

    device: Device | None = None
    site: str = ""
    kinds: tuple[str, ...] = ()
    codes: tuple[int, ...] = ()
    text: str = ""
    least: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the list an item stands: worst first, of equal ones the longest first."""

    rank: int
    began: datetime
    spell: int

    def __str__(self) -> str:
        return f"{self.rank}_{(self.began - EPOCH) // timedelta(microseconds=1)}_{self.spell}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Raises `invalid` for anything but what `str` gave."""
        try:
            rank, began, spell = text.split("_")
            return cls(int(rank), moment(int(began)), int(spell))
        except (ValueError, OverflowError):
            raise invalid("cursor", "is none of ours; leave it out to begin anew.") from None


def open_spells(actor: Actor, wanted: Wanted) -> SpellRows:
    """What every wanted item is now, with item and device."""
    rows = InventorySpell.objects.for_actor(actor, VIEW, Q(ended=None))
    if wanted.device is not None:
        rows = rows.filter(item__device=wanted.device)
    if wanted.site:
        rows = rows.filter(item__device__site_path__startswith=wanted.site)
    if wanted.kinds:
        rows = rows.filter(item__kind__in=wanted.kinds)
    if wanted.codes:
        rows = rows.filter(code__in=wanted.codes)
    if wanted.text:
        rows = rows.filter(
            Q(item__component__icontains=wanted.text)
            | Q(item__device__name__icontains=wanted.text)
            | Q(text__icontains=wanted.text)
        )
    if wanted.least:
        rows = rows.filter(began__lte=clock.now() - wanted.least)
    return rows


def items(
    actor: Actor, wanted: Wanted, *, after: Place | None = None, limit: int = 100
) -> tuple[list[InventorySpell], Place | None]:
    """The open spells of the wanted items, worst first, and where to go on."""
    rows = open_spells(actor, wanted).annotate(rank=_RANKED)
    if after is not None:
        same = Q(rank=after.rank)
        rows = rows.filter(
            Q(rank__gt=after.rank)
            | (same & Q(began__gt=after.began))
            | (same & Q(began=after.began, id__gt=after.spell))
        )
    rows = rows.select_related("item", "item__device", "item__device__state")
    found = list(rows.order_by("rank", "began", "id")[: limit + 1])
    page = found[:limit]
    more = len(found) > limit
    last = page[-1] if page else None
    return page, Place(RANK[last.code], last.began, last.id) if more and last else None


def is_stale(device: Device) -> bool:
    """Whether a Core does not answer, so that what it said of its components may be over."""
    state = getattr(device, "state", None)
    return state is None or state.liveness != Liveness.OK


def item_get(actor: Actor, item_id: UUID) -> InventoryItem:
    """One item; raises `not_found` whether absent or foreign."""
    rows = InventoryItem.objects.for_actor(actor, VIEW).select_related("device")
    found = rows.filter(id=item_id).first()
    if found is None:
        raise not_found("inventory item", item_id)
    return found


def spells(
    item: InventoryItem, since: datetime, until: datetime, limit: int
) -> list[InventorySpell]:
    """Spells of an item that reach into a range, newest first."""
    rows = InventorySpell.system.filter(item=item, began__lt=until)
    rows = rows.filter(Q(ended=None) | Q(ended__gt=since))
    return list(rows.order_by("-began", "-id")[:limit])


def seconds_of(
    found: Iterable[InventorySpell], since: datetime, until: datetime
) -> tuple[Counter[int], Counter[int]]:
    """Seconds within the range, and spells that began in it, by code."""
    seconds: Counter[int] = Counter()
    began: Counter[int] = Counter()
    for one in found:
        ends = min(one.ended or until, until)
        seconds[one.code] += round((ends - max(one.began, since)).total_seconds())
        began[one.code] += one.began >= since
    return seconds, began
