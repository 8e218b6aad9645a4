"""How the inventory adds up: to Cores, to places and to all of them, the worst first."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Min

from apps.kernel.actor import Actor
from apps.qsys.inventory.codes import RANK, worst
from apps.qsys.inventory.selectors import Wanted, open_spells


@dataclass(slots=True)
class Sum:
    """Items added up; `since` is when the oldest of the worst began."""

    key: str
    name: str
    counts: Counter[int] = field(default_factory=Counter)
    since: datetime | None = None
    devices: set[UUID] = field(default_factory=set)

    @property
    def code(self) -> int:
        """The worst of its items."""
        return worst(code for code, count in self.counts.items() if count)

    def add(self, device_id: UUID, code: int, count: int, oldest: datetime) -> None:
        """Take in `count` items of one Core in one status."""
        before = self.code if self.counts else None
        self.counts[code] += count
        self.devices.add(device_id)
        if before is None or RANK[code] < RANK[before]:
            self.since = oldest
        elif code == before and self.since is not None:
            self.since = min(self.since, oldest)


def sums(actor: Actor, site: str) -> tuple[Sum, list[Sum], list[Sum]]:
    """All that the actor may see below a place: together, by Core and by place, worst first.

    A place holds what is below it.
    """
    total, cores, places = Sum("", ""), dict[str, Sum](), dict[str, Sum]()
    for row in _counted(actor, site):
        given = (row["item__device_id"], row["code"], row["count"], row["oldest"])
        total.add(*given)
        core = str(row["item__device_id"])
        cores.setdefault(core, Sum(core, row["item__device__name"])).add(*given)
        for path in _within(row["item__device__site_path"], site):
            places.setdefault(path, Sum(path, path)).add(*given)
    return total, _worst_first(cores.values()), _worst_first(places.values())


def _counted(actor: Actor, site: str) -> list[dict[str, Any]]:
    rows = open_spells(actor, Wanted(site=site)).order_by()
    columns = ("item__device_id", "item__device__name", "item__device__site_path", "code")
    return list(rows.values(*columns).annotate(count=Count("id"), oldest=Min("began")))


def _within(path: str, site: str) -> list[str]:
    """A place and those that contain it, down from `site`."""
    steps = path.strip("/").split("/")
    paths = [f"/{'/'.join(steps[: n + 1])}/" for n in range(len(steps))]
    return [one for one in paths if one.startswith(site)]


def _worst_first(found: Iterable[Sum]) -> list[Sum]:
    return sorted(found, key=lambda one: (RANK[one.code], one.since, one.key))
