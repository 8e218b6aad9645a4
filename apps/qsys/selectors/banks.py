"""The snapshot banks of a Core that its design exposes, and which slot was recalled last."""

from dataclasses import dataclass
from itertools import groupby
from typing import Final

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.qsys.selectors import present

LOAD: Final = "load."
LAST: Final = "last."


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a bank. `last` tells that it was the last one recalled, by the Core's mark."""

    number: int
    last: bool


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank with its slots in order."""

    name: str
    slots: list[Slot]


def banks(actor: Actor, device: Device) -> list[Bank]:
    """Banks by name; a Core lists none, but those that it exposes have a control a slot."""
    rows = present.controls(actor, device)
    loads = rows.filter(name__startswith=LOAD, type="State Trigger").order_by("component")
    marked = _marked(actor, device)
    found = []
    for name, group in groupby(loads, key=lambda one: one.component):
        texts = (one.name.removeprefix(LOAD) for one in group)
        numbers = sorted(int(one) for one in texts if one.isascii() and one.isdigit())
        slots = [Slot(number, (name, f"{LAST}{number}") in marked) for number in numbers]
        if slots:
            found.append(Bank(name, slots))
    return found


def _marked(actor: Actor, device: Device) -> set[tuple[str, str]]:
    rows = present.controls(actor, device).filter(name__startswith=LAST, last__number=1)
    return set(rows.values_list("component", "name"))
