"""What people watch: the newest values of a device, at most ten times a second."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

import msgspec

from apps.events.frames import Frame
from apps.kernel.clock import now
from apps.qsys.poller.slots import Slot
from apps.qsys.telemetry import Place

PERMISSION: Final = "qsys.view"
#: Controls in one frame; the rest comes with the next.
MOST: Final = 500


class LiveControl(msgspec.Struct, gc=False):
    """One control as a frame tells it. Made fifty times as often as anybody looks: no dict."""

    id: int
    component: str | None
    control: str
    value: bool | float | str
    string: str
    position: float | None


class LiveValues:
    """Controls that changed since the last frame; of each only the newest value goes out."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._slots: dict[Slot, None] = {}

    def put(self, slots: Iterable[Slot]) -> None:
        """Controls that have another value."""
        self._slots.update(dict.fromkeys(slots))

    def frame(self) -> Frame | None:
        """What changed since the last one; None when nothing did."""
        if not self._slots:
            return None
        return Frame(
            self._place.tenant_id,
            self._place.device_id,
            self._place.site_path,
            PERMISSION,
            {"at": now().isoformat(), "controls": [_shown(slot) for slot in self._taken()]},
        )

    def _taken(self) -> Iterable[Slot]:
        """The oldest of them, which do not wait any more."""
        if len(self._slots) <= MOST:
            taken, self._slots = self._slots, {}
            return taken
        first = list(islice(self._slots, MOST))
        for slot in first:
            del self._slots[slot]
        return first


def _shown(slot: Slot) -> LiveControl:
    number, string, position = slot.clean_reading()
    value = string if number is None else bool(number) if slot.boolean else number
    return LiveControl(slot.id, slot.component or None, slot.name, value, string, position)
