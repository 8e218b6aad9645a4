"""What people watch: the newest values of a device, at most ten times a second."""

from typing import Any, Final

from apps.events.frames import Frame
from apps.kernel.clock import now
from apps.qsys.poller.slots import Slot
from apps.qsys.telemetry import Place

PERMISSION: Final = "qsys.view"
#: Controls in one frame; the rest comes with the next.
MOST: Final = 500


class LiveValues:
    """Controls that changed since the last frame; of each only the newest value goes out."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._slots: dict[int, Slot] = {}

    def put(self, slot: Slot) -> None:
        """A control has another value."""
        self._slots[slot.id] = slot

    def frame(self) -> Frame | None:
        """What changed since the last one; None when nothing did."""
        if not self._slots:
            return None
        ids = list(self._slots)[:MOST]
        values = [_value(self._slots.pop(one)) for one in ids]
        return Frame(
            self._place.tenant_id,
            self._place.device_id,
            self._place.site_path,
            PERMISSION,
            {"at": now().isoformat(), "controls": values},
        )


def _value(slot: Slot) -> dict[str, Any]:
    number, string, position = slot.seen or (None, "", None)
    value = string if number is None else bool(number) if slot.boolean else number
    return {
        "id": slot.id,
        "component": slot.component or None,
        "control": slot.name,
        "value": value,
        "string": string,
        "position": position,
    }
