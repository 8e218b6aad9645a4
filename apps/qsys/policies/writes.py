"""What a call would write, as policies judge it: numbers in the control's own unit."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from django.db.models import Q

from apps.fleet.models import Device
from apps.qsys.client import ControlSet
from apps.qsys.models import Control
from apps.qsys.policies.rules import Write
from apps.qsys.schemas.controls import QsysReading

#: Types whose values are not measured, whatever their numbers are.
SWITCHES: Final = frozenset({"Boolean", "Text", "Trigger", "State Trigger", "Status"})
#: A number as Cores render it, in a unit that is not scaled: -6.0dB, 12, 250ms.
RENDERED: Final = re.compile(r"^\s*([+-]?\d+(?:\.\d+)?)\s*(?:dB|ms|s|%)?\s*$")

Path = tuple[str | None, str]


class Setting(Protocol):
    """One control and what to set it to."""

    @property
    def path(self) -> Path:
        """Component (None for a named control) and control."""

    @property
    def to(self) -> ControlSet:
        """What is asked."""


def of_paths(paths: Iterable[Path]) -> list[Write]:
    """Controls whose values do not matter to the question."""
    return [Write(component or "", control) for component, control in paths]


def of_settings(
    device: Device, settings: Sequence[Setting], before: Mapping[Path, QsysReading]
) -> list[Write]:
    """Settings with what the controls are now."""
    known = _known(device, [one.path for one in settings])
    return [_write(one, before.get(one.path), known.get(one.path)) for one in settings]


def _known(device: Device, paths: Sequence[Path]) -> dict[Path, Control]:
    """What the dictionary says of the controls; one that no poller has read is not there."""
    wanted = Q(component__in={component or "" for component, _ in paths})
    rows = Control.system.filter(wanted, device=device, name__in={name for _, name in paths})
    return {(row.component or None, row.name): row for row in rows}


def _write(one: Setting, before: QsysReading | None, known: Control | None) -> Write:
    component, control = one.path
    now = None if before is None else before.value
    kind = known.type if known is not None else ""
    number = kind not in SWITCHES and not isinstance(now, bool | str)
    if now is None and not kind:
        # Nobody could read it: a text says what it is, a number may be anything.
        number = one.to.string is None and not isinstance(one.to.value, bool)
    return Write(
        component=component or "",
        control=control,
        number=number,
        asked=_asked(one.to, before, known) if number else None,
        before=float(now) if number and now is not None else None,
    )


def _asked(to: ControlSet, before: QsysReading | None, known: Control | None) -> float | None:
    if isinstance(to.value, str):
        return None
    if to.value is not None:
        return float(to.value)
    if to.string is not None:
        found = RENDERED.match(to.string)
        return float(found[1]) if found else None
    return _from_position(to.position, before, known)


def _from_position(
    position: float | None, before: QsysReading | None, known: Control | None
) -> float | None:
    """Linear between the ends, where the present value proves that this control is."""
    if position is None or known is None or before is None:
        return None
    low, high = known.minimum, known.maximum
    if low is None or high is None or before.position is None or before.value is None:
        return None
    span = high - low
    linear = low + span * before.position
    if not math.isclose(linear, float(before.value), abs_tol=max(1e-3 * abs(span), 1e-3)):
        return None
    return low + span * position
