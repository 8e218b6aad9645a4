"""Miners by place: what each place does together, its racks, and miners with the worst first."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Case, Count, F, FloatField, Max, Min, Q, Sum, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from apps.console.status import Badge, badge
from apps.fleet.models import Liveness
from apps.kernel.actor import Actor
from apps.miners.models.miner import MinerRows
from apps.miners.selectors import miners

#: Columns of the readings, as the database reads them out of the summary.
TERAHASH: Final = Cast(KeyTextTransform("terahash", "device__state__summary"), FloatField())
WATTS: Final = Cast(KeyTextTransform("watts", "device__state__summary"), FloatField())
CHIP_C: Final = Cast(KeyTextTransform("chip_c", "device__state__summary"), FloatField())
FRESH: Final = Q(device__state__liveness=Liveness.OK)
MINING: Final = "normal"
#: Below this share of what the label promises a miner is slow.
SLOW: Final = 0.8
#: Ranks of trouble, the worst first.
LOST, REBOOTING, STALE, NEVER, IDLE, WEAK, FINE = range(7)
#: Numbers and what stands between them.
DIGITS: Final = re.compile(r"[0-9]+|[^0-9]+")
#: Cells of one rack, and racks on a page.
MOST_CELLS: Final = 120
MOST_RACKS: Final = 24


@dataclass(frozen=True, slots=True)
class Sums:
    """A place: how many miners, how many answer, and what those do. TH/s, W, °C."""

    path: str
    total: int
    fresh: int
    terahash: float
    watts: float
    chip_c: float | None
    oldest: datetime | None

    @property
    def joule_per_terahash(self) -> float | None:
        """Efficiency of those that answer."""
        return self.watts / self.terahash if self.terahash else None

    @property
    def silent(self) -> int:
        """How many do not answer."""
        return self.total - self.fresh


@dataclass(frozen=True, slots=True)
class Seen:
    """One miner with its trouble as a badge."""

    miner: Any
    shown: Badge

    @property
    def summary(self) -> dict[str, Any]:
        """What the poller last read."""
        state = getattr(self.miner.device, "state", None)
        return state.summary if state is not None else {}

    @property
    def is_fresh(self) -> bool:
        """Whether its numbers are of now."""
        state = getattr(self.miner.device, "state", None)
        return state is not None and state.liveness == Liveness.OK


@dataclass(frozen=True, slots=True)
class Rack:
    """One place with its miners in the order of their slots; `more`, no worse, have no cell."""

    sums: Sums
    cells: list[Seen]

    @property
    def more(self) -> int:
        """How many are not drawn."""
        return self.sums.total - len(self.cells)


def rows(actor: Actor, site: str, text: str) -> MinerRows:
    """Miners at a place and below it, whose name, address, serial, model or tag fits."""
    found = miners(actor)
    if site:
        found = found.filter(device__site_path__startswith=site)
    if text:
        fits = Q(device__tags__contains=[text])
        fits |= Q(psu_serial__iexact=text) | Q(parts__boards__contains=[{"serial": text}])
        for name in ("name", "address", "serial", "model", "slot", "circuit"):
            fits |= Q(**{f"device__{name}__icontains": text})
        found = found.filter(fits)
    return found


def worst_first(found: MinerRows) -> MinerRows:
    """With `trouble`, by it: silent ones, then those that do not mine, the slow, the rest."""
    slow = FRESH & Q(sticker_terahash__gt=0, rate__lt=F("sticker_terahash") * SLOW)
    trouble = Case(
        When(device__state__liveness=Liveness.LOST, then=Value(LOST)),
        When(device__state__liveness=Liveness.REBOOTING, then=Value(REBOOTING)),
        When(device__state__liveness=Liveness.STALE, then=Value(STALE)),
        When(~FRESH | Q(device__state=None), then=Value(NEVER)),
        When(~Q(device__state__summary__status=MINING), then=Value(IDLE)),
        When(slow, then=Value(WEAK)),
        default=Value(FINE),
    )
    ranked = found.annotate(rate=TERAHASH).annotate(trouble=trouble)
    return ranked.order_by("trouble", "device__name")


def places(found: MinerRows) -> list[Sums]:
    """Each place at which miners stand, by its path."""
    by_place = found.order_by().select_related(None).values("device__site_path")
    sums: Any = by_place.annotate(**_sums()).order_by("device__site_path")
    return [_as_sums(one["device__site_path"], one) for one in sums]


def together(path: str, parts: Iterable[Sums]) -> Sums:
    """Several places as one."""
    these = list(parts)
    hot = [one.chip_c for one in these if one.chip_c is not None]
    old = [one.oldest for one in these if one.oldest is not None]
    return Sums(
        path,
        sum(one.total for one in these),
        sum(one.fresh for one in these),
        sum(one.terahash for one in these),
        sum(one.watts for one in these),
        max(hot, default=None),
        min(old, default=None),
    )


def below(path: str, parts: Iterable[Sums]) -> list[Sums]:
    """The places right below `path`, each with all that stands in it."""
    depth = path.count("/")
    found: dict[str, list[Sums]] = {}
    for one in parts:
        if one.path != path:
            next_one = "/".join(one.path.split("/")[: depth + 1]) + "/"
            found.setdefault(next_one, []).append(one)
    return [together(name, those) for name, those in found.items()]


def racks(found: MinerRows, parts: list[Sums]) -> list[Rack]:
    """The first places with a cell a miner."""
    shown = parts[:MOST_RACKS]
    wanted = worst_first(found.filter(device__site_path__in=[one.path for one in shown]))
    cells: dict[str, list[Seen]] = {}
    for one in wanted:
        those = cells.setdefault(one.device.site_path, [])
        if len(those) < MOST_CELLS:
            those.append(seen(one))
    return [Rack(one, sorted(cells.get(one.path, []), key=_slot)) for one in shown]


def _slot(one: Seen) -> tuple[bool, list[tuple[int, str]]]:
    """As they stand in the rack, 2 before 10; those without a slot last, as they were."""
    slot = str(one.miner.device.slot)
    parts = DIGITS.findall(slot)
    return not slot, [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def seen(miner: Any) -> Seen:
    """A miner that `worst_first` ranked, with the word for its trouble."""
    return Seen(miner, _badge(miner))


def _badge(miner: Any) -> Badge:
    if miner.trouble == WEAK:
        return badge("miner", "slow")
    if miner.trouble in (IDLE, FINE):
        state = getattr(miner.device, "state", None)
        return badge("miner", str((state.summary if state else {}).get("status") or ""))
    state = getattr(miner.device, "state", None)
    return badge("liveness", state.liveness if state is not None else Liveness.NEVER)


def _sums() -> dict[str, Any]:
    return {
        "total": Count("device"),
        "fresh": Count("device", filter=FRESH),
        "th": Sum(TERAHASH, filter=FRESH),
        "w": Sum(WATTS, filter=FRESH),
        "hot": Max(CHIP_C, filter=FRESH),
        "oldest": Min("device__state__seen_at", filter=FRESH),
    }


def _as_sums(path: str, one: dict[str, Any]) -> Sums:
    return Sums(
        path,
        one["total"],
        one["fresh"],
        one["th"] or 0.0,
        one["w"] or 0.0,
        one["hot"],
        one["oldest"],
    )
