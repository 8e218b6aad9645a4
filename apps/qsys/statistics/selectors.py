"""The counts of Cores over a range, as somebody may see them; no stored change is read."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Max, Q, Sum

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.qsys.inventory.selectors import seconds_of
from apps.qsys.models import (
    Control,
    ControlTally,
    CoreTally,
    InventorySpell,
    ItemKind,
    StatusCode,
    TallyMark,
)
from apps.qsys.selectors.present import cores

COUNTED: Final = ("changes", "samples", "dropped", "thinned", "missed")


@dataclass(frozen=True, slots=True)
class CoreFigures:
    """One Core over a range. Seconds `known` are those of which its status is known, `up` those
    in which it was not missing; `flaps` is how often it became so.
    """

    device: Device
    counts: Counter[str]
    known: int
    up: int
    flaps: int


@dataclass(frozen=True, slots=True)
class Talker:
    """A control and how often it changed; None for one that is not known any more."""

    device_id: UUID
    control: Control | None
    changes: int


def devices_of(actor: Actor, device: Device | None, site: str) -> list[Device]:
    """The Cores that are meant, by name."""
    if device is not None:
        return [device]
    rows = cores(actor)
    if site:
        rows = rows.filter(device__site_path__startswith=site)
    return [row.device for row in rows.order_by("device__name")]


def counted_until(devices: list[Device]) -> datetime | None:
    """Until when all of it is counted; None where nothing is yet."""
    rows = TallyMark.objects.filter(device__in=devices)
    found: datetime | None = rows.aggregate(until=Max("counted_until"))["until"]
    return found


def figures(devices: list[Device], since: datetime, until: datetime) -> list[CoreFigures]:
    """Each Core's counts and presence, the most changes first."""
    counts = _counts(devices, since, until)
    spells = _presence(devices, since, until)
    found = []
    for device in devices:
        seconds, began = seconds_of(spells.get(device.id, []), since, until)
        known = sum(seconds.values())
        up = known - seconds[StatusCode.MISSING]
        mine = counts.get(device.id, Counter())
        found.append(CoreFigures(device, mine, known, up, began[StatusCode.MISSING]))
    return sorted(found, key=lambda one: (-one.counts["changes"], one.device.name))


def talkers(devices: list[Device], since: datetime, until: datetime, most: int) -> list[Talker]:
    """The controls with the most changes."""
    rows = ControlTally.objects.filter(device_id__in=[one.id for one in devices])
    rows = rows.filter(at__gte=since, at__lt=until)
    summed = rows.values("device_id", "control_id").annotate(sum=Sum("changes"))
    found = list(summed.order_by("-sum", "control_id")[:most])
    names = Control.system.in_bulk([row["control_id"] for row in found])
    return [Talker(row["device_id"], names.get(row["control_id"]), row["sum"]) for row in found]


def _counts(devices: list[Device], since: datetime, until: datetime) -> dict[UUID, Counter[str]]:
    rows = CoreTally.objects.filter(device_id__in=[one.id for one in devices])
    rows = rows.filter(at__gte=since, at__lt=until)
    sums: Any = {f"{name}_sum": Sum(name) for name in COUNTED}
    found: Iterable[Any] = rows.values("device_id").annotate(**sums)
    return {
        row["device_id"]: Counter({name: int(row[f"{name}_sum"]) for name in COUNTED})
        for row in found
    }


def _presence(
    devices: list[Device], since: datetime, until: datetime
) -> dict[UUID, list[InventorySpell]]:
    rows = InventorySpell.system.filter(item__device__in=devices, item__kind=ItemKind.CORE)
    rows = rows.filter(Q(ended=None) | Q(ended__gt=since), began__lt=until)
    found: dict[UUID, list[InventorySpell]] = {}
    for spell in rows.select_related("item").iterator(2_000):
        found.setdefault(spell.item.device_id, []).append(spell)
    return found
