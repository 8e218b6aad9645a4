"""The power circuits of the miners shown: what each draws now, against what it may."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Sum

from apps.console.calls import may_call
from apps.console.families.fleet import FRESH, WATTS
from apps.fleet.models import Circuit
from apps.kernel.actor import Actor
from apps.miners.models.miner import MinerRows
from apps.miners.selectors import miners

#: Percent of its limit from which a circuit is called nearly full.
NEARLY: Final = 90
MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Load:
    """A circuit: how many miners of it one may see, how many answer, and what those draw."""

    name: str
    total: int
    fresh: int
    watts: float
    limit_watts: int | None

    @property
    def percent(self) -> int | None:
        """Share of the limit that is drawn; None without a limit."""
        return round(100 * self.watts / self.limit_watts) if self.limit_watts else None

    @property
    def is_partial(self) -> bool:
        """Whether some draw what nobody knows."""
        return self.fresh < self.total

    @property
    def tone(self) -> str:
        """How its share looks."""
        share = self.percent or 0
        return "fail" if share >= 100 else "warn" if share >= NEARLY else "ok"

    @property
    def icon(self) -> str:
        """The sign beside the share."""
        signs = {"fail": "circle-x", "warn": "triangle-alert", "ok": "circle-check"}
        return signs[self.tone]


def drawn(actor: Actor, found: MinerRows) -> dict[str, Any]:
    """What a page of miners needs to show their circuits, the fullest first."""
    all_loads = loads(actor, found)
    return {
        "circuits": all_loads[:MOST],
        "circuits_all": len(all_loads),
        "may_limit": may_call(actor, "fleet.circuit.save"),
    }


def loads(actor: Actor, found: MinerRows) -> list[Load]:
    """The circuits on which any of `found` hang, each with all its miners that one may see."""
    here = found.order_by().select_related(None).exclude(device__circuit="")
    names = list(here.values_list("device__circuit", flat=True).distinct())
    on_them = miners(actor).filter(device__circuit__in=names).order_by().select_related(None)
    sums: Any = on_them.values("device__circuit").annotate(
        total=Count("device"), fresh=Count("device", filter=FRESH), w=Sum(WATTS, filter=FRESH)
    )
    rows = Circuit.objects.for_actor(actor, "fleet.view").filter(name__in=names)
    limits = dict(rows.values_list("name", "limit_watts"))
    made = [
        Load(
            one["device__circuit"],
            one["total"],
            one["fresh"],
            one["w"] or 0.0,
            limits.get(one["device__circuit"]),
        )
        for one in sums
    ]
    return sorted(made, key=lambda one: (-(one.percent or 0), -one.watts, one.name))
