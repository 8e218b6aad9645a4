"""Controls of a Core as people use them: a fader, a switch, a meter, or a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from apps.fleet import stops
from apps.fleet.models import Device, Liveness
from apps.kernel.actor import Actor
from apps.qsys import policies
from apps.qsys.models import Control
from apps.qsys.selectors import present

OPERATE: Final = "qsys.operate"
#: Types that are set by sliding, where their bounds are known.
NUMBERS: Final = frozenset({"Float", "Integer"})
#: A fader moves by about so much of its range at a press of an arrow key.
STEPS: Final = 200


@dataclass(frozen=True, slots=True)
class Strip:
    """One control now. `kind` is fader, switch, meter or empty.

    `acts` tells that this person may set it, `why` which of the reasons (from 1) stands against
    that; 0 where none does. Numbers are in the control's own unit.
    """

    id: int
    component: str
    name: str
    type: str
    kind: str
    settable: bool
    acts: bool
    why: int
    shown: str
    value: float | None
    minimum: float | None
    maximum: float | None
    step: float
    changed_at: datetime | None

    @property
    def label(self) -> str:
        """Component and control for reading aloud."""
        return label_of(self.component, self.name)


@dataclass(frozen=True, slots=True)
class Strips:
    """Controls of one Core, and the reasons for which some of them cannot be set."""

    rows: list[Strip]
    reasons: list[str]


def label_of(component: str, name: str) -> str:
    """`Lobby Gain` and `gain` read as one; other names are said whole."""
    if component.lower().endswith(name.lower()):
        return component
    return f"{component} {name}".strip()


def strips(actor: Actor, device: Device, controls: Sequence[Control]) -> Strips:
    """Controls of one Core as somebody may use them now."""
    against = _against(actor, device, controls)
    reasons = list(dict.fromkeys(against.values()))
    numbers = {reason: number for number, reason in enumerate(reasons, 1)}
    rows = [_strip(one, numbers.get(against.get(one.id, ""), 0)) for one in controls]
    return Strips(rows, reasons)


def _against(actor: Actor, device: Device, controls: Sequence[Control]) -> dict[int, str]:
    """Why a control that could be set cannot be set by this person now, by number."""
    settable = [one for one in controls if is_settable(one)]
    if reason := _against_all(actor, device):
        return {one.id: reason for one in settable}
    paths = {one.id: (one.component, one.name) for one in settable}
    standing = policies.standing(actor, device, paths.values())
    return {
        number: f"{standing[path][:1].upper()}{standing[path][1:]}"
        for number, path in paths.items()
        if path in standing
    }


def _against_all(actor: Actor, device: Device) -> str:
    if not actor.may_at(OPERATE, device.site_path, device.id):
        return f"You may look, not set: that needs {OPERATE} here."
    if stop := stops.over(device):
        return f"Emergency stop of {stop.place}, set by {stop.set_by}. Nothing is sent."
    state = getattr(device, "state", None)
    if state is not None and state.liveness in (Liveness.LOST, Liveness.REBOOTING):
        return "The Core does not answer. What is shown is what it last said."
    return ""


def is_settable(control: Control) -> bool:
    """Whether a Core takes writes of a control."""
    return control.direction != "Read Only"


def _strip(control: Control, why: int) -> Strip:
    now = present.now_of(control)
    settable = is_settable(control)
    return Strip(
        id=control.id,
        component=control.component,
        name=control.name,
        type=control.type,
        kind=_kind(control, settable),
        settable=settable,
        acts=settable and not why,
        why=why,
        shown=now.string or ("unknown" if now.value is None else str(now.value)),
        value=float(now.value) if isinstance(now.value, bool | int | float) else None,
        minimum=control.minimum,
        maximum=control.maximum,
        step=_step(control),
        changed_at=now.changed_at,
    )


def _kind(control: Control, settable: bool) -> str:
    if settable and control.type == "Boolean":
        return "switch"
    if control.type not in NUMBERS or not is_bounded(control):
        return ""
    return "fader" if settable else "meter"


def is_bounded(control: Control) -> bool:
    """Whether a number has two ends, so that it has a place between them."""
    low, high = control.minimum, control.maximum
    return low is not None and high is not None and low < high


def _step(control: Control) -> float:
    """One, or for fine numbers about a two-hundredth of the range: 0.1, 0.5, 0.01 …"""
    if control.type == "Integer" or not is_bounded(control):
        return 1.0
    wanted = ((control.maximum or 0.0) - (control.minimum or 0.0)) / STEPS
    power = 1.0
    while power > wanted:
        power /= 10
    return next(size for size in (power * 5, power * 2, power) if size <= wanted)
