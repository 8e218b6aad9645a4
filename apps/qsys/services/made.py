"""A change as the audit trail keeps it: each control before and after, and where ramps went."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from apps.audit import selectors as trail
from apps.audit.models import AuditLog
from apps.fleet.models import Device
from apps.kernel.errors import Code, Failure, not_found
from apps.qsys.schemas.controls import QsysReading
from apps.qsys.schemas.fields import Scalar
from apps.qsys.services.controls import RAMP_GRACE, is_near
from apps.qsys.services.many import Path, Setting, setting, worth

RECALL: Final = "qsys.snapshot.load"
MIXER: Final = "qsys.mixer.set"
UNDOABLE: Final = (
    "qsys.control.set",
    "qsys.control.batch",
    RECALL,
    MIXER,
    "qsys.change.undo",
)
UNSEEN: Final = "What the design does not expose may have changed as well; that stays as it is."
UNTOLD: Final = (
    "That recall ramped on after it was told, so where it ended is not known: a change that "
    "somebody made since, in the same direction, cannot be told from it and is undone too."
)


@dataclass(frozen=True, slots=True)
class Made:
    """A change: the call, when it was told, and each control before and after it.

    `aims` and `positions` are where controls were ramped to, as values or as places on their
    range; `ramp` in seconds. A recall with a ramp has no aims: a Core does not tell them.
    """

    call: UUID
    operation: str
    at: datetime
    before: dict[Path, Scalar]
    after: dict[Path, Scalar]
    aims: dict[Path, Scalar] = field(default_factory=dict)
    positions: dict[Path, float] = field(default_factory=dict)
    ramp: float = 0.0

    def settings(self, ramp: float) -> list[Setting]:
        """What sets everything back; raises `conflict` where that would be nothing."""
        moved = [path for path, value in self.before.items() if self._moved(path, value)]
        if not moved:
            raise Failure(
                Code.CONFLICT,
                "That call left every control that could be read as it was, so there is nothing "
                "to set back; what a trigger did cannot be undone.",
            )
        return [setting(path, self.before[path], ramp=ramp) for path in moved]

    def _moved(self, path: Path, value: Scalar) -> bool:
        return value is not None and (path in self.positions or not alike(value, self.meant(path)))

    def unread(self) -> list[Path]:
        """Controls that cannot be set back, since nobody could read what they were."""
        return [path for path, value in self.before.items() if value is None]

    def notes(self) -> Iterator[str]:
        """What setting back cannot promise."""
        if self.operation in (RECALL, MIXER):
            yield UNSEEN
        if self._untold:
            yield UNTOLD

    def meant(self, path: Path) -> Scalar:
        """What the call made of a control, as far as it is known."""
        return self.aims.get(path, self.after.get(path))

    def left_so(self, path: Path, now: QsysReading, at: datetime) -> bool:
        """Whether a control is as the call left it, or on the way there."""
        if path in self.positions:
            arrived = is_near(self.positions[path], now.position)
        else:
            arrived = alike(self.meant(path), worth(now))
        return arrived or (self._on_the_way(at) and self._onward(path, worth(now)))

    @property
    def _untold(self) -> bool:
        return self.operation == RECALL and self.ramp > 0

    def _on_the_way(self, at: datetime) -> bool:
        return self._untold or at < self.at + timedelta(seconds=self.ramp + RAMP_GRACE)

    def _onward(self, path: Path, found: Scalar) -> bool:
        """Whether a value lies on the way on from what was read last, and not beyond the aim."""
        first, last, aim = self.before.get(path), self.after.get(path), self.aims.get(path)
        known = [one for one in (first, last, found, aim) if one is not None]
        if not self.ramp or any(isinstance(one, str) for one in known):
            return False
        start, read, here = (float(one or 0) for one in (first, last, found))
        end = float(aim) if aim is not None and not isinstance(aim, str) else None
        if end is not None:
            return min(read, end) <= here <= max(read, end)
        return read == start or (here - read) * (read - start) >= 0


def made_by(device: Device, call: UUID | None, *, until: datetime | None = None) -> Made:
    """A change of a device by its call, or the newest one; raises `not_found` or `conflict`."""
    row = trail.newest_done(device.id, UNDOABLE, call_id=call, until=until)
    if row is None or row.call_id is None:
        raise _nothing(device, call)
    before = _controls(row.before, row.input)
    if isinstance(row.before, dict) and row.before.get("changed", 0) > len(before):
        raise Failure(
            Code.CONFLICT,
            f"That call changed {row.before['changed']} controls, more than the trail keeps; "
            "recall a snapshot instead.",
        )
    if not any(value is not None for value in before.values()):
        raise Failure(
            Code.CONFLICT,
            "Nobody read what the controls were before that call, so it cannot be undone.",
        )
    return _made(row, row.call_id, before)


def _nothing(device: Device, call: UUID | None) -> Failure:
    other = None if call is None else trail.newest_done(device.id, (), call_id=call)
    if other is not None:
        return Failure(
            Code.CONFLICT, f"What {other.operation} did cannot be taken back; nothing was sent."
        )
    if call is not None:
        return not_found("change", call)
    return Failure(Code.CONFLICT, f"Nothing was changed on {device.name} that can be undone.")


def _made(row: AuditLog, call: UUID, before: dict[Path, Scalar]) -> Made:
    given = row.input
    after = _controls(row.after, given)
    settings = given.get("settings", [given])
    ramped = [one for one in settings if one.get("ramp") and "control" in one]
    aims = {_path(one): one["value"] for one in ramped if one.get("value") is not None}
    if row.operation == MIXER and given.get("ramp"):
        aims = dict.fromkeys(after, given["value"])
    if isinstance(row.after, dict):
        aims |= _rows(row.after.get("aims", ()))
    return Made(
        call,
        row.operation,
        row.at,
        before,
        after,
        aims,
        {_path(one): one["position"] for one in ramped if one.get("position") is not None},
        max((float(one.get("ramp") or 0) for one in settings), default=0.0),
    )


def _controls(side: Any, given: Mapping[str, Any]) -> dict[Path, Scalar]:
    """One side of a trail row: a single reading, or a list of paths with values."""
    if not isinstance(side, dict):
        return {}
    if "controls" in side:
        return _rows(side["controls"])
    value = side.get("string") or None if side.get("value") is None else side.get("value")
    return {_path(given): value}


def _rows(rows: Any) -> dict[Path, Scalar]:
    return {(component, name): value for component, name, value in rows}


def _path(given: Mapping[str, Any]) -> Path:
    return given.get("component"), str(given.get("control"))


def alike(one: Scalar, other: Scalar) -> bool:
    """Whether two kept values are the same, up to rounding."""
    return one == other or is_near(one, other)
