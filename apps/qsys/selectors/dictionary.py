"""The dictionary of a Core's controls as a tree: components first, their controls on demand."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.qsys.models.control import ControlRows
from apps.qsys.selectors import present

MOST_BRANCHES: Final = 500
SETTABLE: Final = ~Q(direction="Read Only")


@dataclass(frozen=True, slots=True)
class Branch:
    """A component and how many of its controls fit; blank is the named controls."""

    component: str
    controls: int
    settable: int


@dataclass(frozen=True, slots=True)
class Branches:
    """Components by name, and the one after which to go on; None at the end."""

    found: list[Branch]
    more: str | None


def branches(
    actor: Actor,
    device: Device,
    *,
    contains: str = "",
    after: str | None = None,
    limit: int = 100,
) -> Branches:
    """Components of the running design that fit `contains`, by name, after the one named `after`.

    A component fits by its own name (then with all its controls) or by names of its controls.
    """
    rows = present.controls(actor, device, contains=contains)
    if after is not None:
        rows = rows.filter(component__gt=after)
    wanted = max(1, min(limit, MOST_BRANCHES))
    counted = (
        rows.order_by("component")
        .values_list("component")
        .annotate(controls=Count("id"), settable=Count("id", filter=SETTABLE))
    )
    found = [Branch(*row) for row in counted[: wanted + 1]]
    more = found[wanted - 1].component if len(found) > wanted else None
    return Branches(found[:wanted], more)


def branch(actor: Actor, device: Device, component: str, contains: str = "") -> ControlRows:
    """The controls of one component (blank: the named ones) that fit, with their last values."""
    rows = present.controls(actor, device, contains=contains)
    return rows.filter(component=component).order_by("name")
