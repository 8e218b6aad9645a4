"""A control of a Core as the tree of its components shows it."""

from dataclasses import dataclass
from datetime import datetime

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.qsys.models import Control
from apps.qsys.selectors import present


@dataclass(frozen=True, slots=True)
class Strip:
    """One control now. `acts` tells that this person may set it."""

    id: int
    component: str
    name: str
    type: str
    settable: bool
    acts: bool
    shown: str
    changed_at: datetime | None

    @property
    def label(self) -> str:
        """Component and control for reading aloud."""
        return f"{self.component} {self.name}".strip()


def strips(actor: Actor, device: Device, controls: list[Control]) -> list[Strip]:
    """Controls of one Core as somebody may use them."""
    may_set = actor.may_at("qsys.operate", device.site_path, device.id)
    return [strip(one, may_set=may_set) for one in controls]


def strip(control: Control, *, may_set: bool) -> Strip:
    """A control with its last stored value."""
    now = present.now_of(control)
    settable = control.direction != "Read Only"
    return Strip(
        id=control.id,
        component=control.component,
        name=control.name,
        type=control.type,
        settable=settable,
        acts=settable and may_set,
        shown=now.string or ("unknown" if now.value is None else str(now.value)),
        changed_at=now.changed_at,
    )
