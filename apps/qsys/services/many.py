"""Many controls of a Core at once: read them, set them, one request a component."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.kernel.errors import not_found
from apps.qsys.client import ControlSet, QsysSession
from apps.qsys.schemas.controls import QsysReading, QsysSetting
from apps.qsys.schemas.fields import Scalar

#: Component and control; None for a named control.
Path = tuple[str | None, str]
Readings = dict[Path, QsysReading]


@dataclass(frozen=True, slots=True)
class Setting:
    """One control and what to set it to."""

    path: Path
    to: ControlSet


async def read_many(qrc: QsysSession, paths: Iterable[Path]) -> Readings:
    """What the controls are now; raises QsysRejected when the Core knows one of them not."""
    groups = _by_component(paths)
    answers = await asyncio.gather(
        *[
            qrc.control_get(names) if component is None else qrc.component_get(component, names)
            for component, names in groups.items()
        ]
    )
    found: Readings = {}
    for component, states in zip(groups, answers, strict=True):
        for one in states:
            found[component, one.name] = QsysReading(
                value=one.value, string=one.string, position=one.position
            )
    return found


async def write_many(qrc: QsysSession, settings: Sequence[Setting]) -> None:
    """Set the controls, those of a component in one request.

    Raises not_found for a control that has gone since it was read.
    """
    groups: dict[str | None, list[ControlSet]] = defaultdict(list)
    for one in settings:
        groups[one.path[0]].append(one.to)
    for component, sets in groups.items():
        if component is None:
            results = [await qrc.control_set(one) for one in sets]
        else:
            results = [await qrc.component_set(component, sets)]
        for name in (name for result in results for name in result.unknown):
            raise not_found("control", name)


def kept(readings: Iterable[tuple[Path, QsysReading]], most: int) -> dict[str, Any]:
    """What the audit trail keeps: path and value of each control, and how many there were."""
    rows = list(readings)
    controls = [[path[0], path[1], worth(one)] for path, one in rows[:most]]
    return {"changed": len(rows), "controls": controls}


def worth(one: QsysReading) -> Scalar:
    """The value, or of a text the text."""
    return one.string if one.value is None else one.value


def asked(one: QsysSetting) -> Setting:
    """A setting as its input names it."""
    to = ControlSet(
        name=one.control,
        value=one.value,
        position=one.position,
        string=one.string,
        ramp=one.ramp or None,
    )
    return Setting((one.component, one.control), to)


def setting(path: Path, value: Scalar, *, ramp: float = 0.0) -> Setting:
    """A control set back to a value that was kept, or to its text."""
    if isinstance(value, str):
        return Setting(path, ControlSet(path[1], string=value))
    return Setting(path, ControlSet(path[1], value=value, ramp=ramp or None))


def _by_component(paths: Iterable[Path]) -> dict[str | None, list[str]]:
    groups: dict[str | None, list[str]] = defaultdict(list)
    for component, name in paths:
        groups[component].append(name)
    return groups
