"""Which discrete changes become events of the streams: every control's, but not all the time."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from apps.qsys.models import Cause
from apps.qsys.telemetry.records import Change

#: Seconds between two events of one control.
CONTROL_SECONDS: Final = 1.0
#: Events a second of one device, and how many may come at once.
DEVICE_RATE: Final = 50.0
DEVICE_BURST: Final = 200.0

SILENT: Final = frozenset({Cause.FIRST.value})


@dataclass(slots=True)
class _Allowance:
    left: float
    at: float


class Teller:
    """Lets a control's first change through at once, then the newest of each second.

    So the last word is always told, at most a second late. A device that changes more than its
    allowance at once, as in a snapshot recall, has the rest told as its allowance grows again.
    `now` is monotonic, in seconds. The first sight of a control is no change.
    """

    def __init__(self) -> None:
        self._told: dict[int, float] = {}
        self._held: dict[int, Change] = {}
        self._allowances: dict[UUID, _Allowance] = {}

    def __len__(self) -> int:
        return len(self._held)

    def offer(self, change: Change) -> None:
        """Take a change; it replaces an older one of its control that was not told yet."""
        if change.origin.cause in SILENT:
            return
        older = self._held.pop(change.control_id, None)
        if older is not None:
            change = replace(change, previous=older.previous, previous_string=older.previous_string)
        self._held[change.control_id] = change

    def due(self, now: float) -> list[Change]:
        """What is to be told now, in the order it came; it counts as told."""
        told = [one for one in self._held.values() if self._may_tell(one, now)]
        for change in told:
            del self._held[change.control_id]
            self._told[change.control_id] = now
        if len(self._told) > 10_000:
            horizon = now - CONTROL_SECONDS
            self._told = {key: at for key, at in self._told.items() if at > horizon}
        return told

    def rest(self) -> list[Change]:
        """All that is still held, for a teller that ends."""
        held = list(self._held.values())
        self._held.clear()
        return held

    def _may_tell(self, change: Change, now: float) -> bool:
        last = self._told.get(change.control_id)
        if last is not None and now - last < CONTROL_SECONDS:
            return False
        return self._spend(change.place.device_id, now)

    def _spend(self, device_id: UUID, now: float) -> bool:
        allowance = self._allowances.setdefault(device_id, _Allowance(DEVICE_BURST, now))
        grown = allowance.left + (now - allowance.at) * DEVICE_RATE
        allowance.left, allowance.at = min(grown, DEVICE_BURST), now
        if allowance.left < 1:
            return False
        allowance.left -= 1
        return True
