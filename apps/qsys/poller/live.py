"""What people watch: the newest values of a device, at most ten times a second."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Final

import msgspec

from apps.events.frames import Frame
from apps.kernel import clock
from apps.qsys.poller.slots import Slot
from apps.qsys.telemetry import Place

PERMISSION: Final = "qsys.view"
#: Controls in one frame; the rest comes with the next.
MOST: Final = 500
#: Seconds after which a Core that answers and has nothing new is told to be there all the same.
QUIET: Final = 5.0


class LiveControl(msgspec.Struct, gc=False):
    """One control as a frame tells it. Made fifty times as often as anybody looks: no dict."""

    id: int
    component: str | None
    control: str
    value: bool | float | str
    string: str
    position: float | None


class LiveValues:
    """Controls that changed since the last frame; of each only the newest value goes out.

    A frame says by `at` when the Core answered last.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._slots: dict[Slot, None] = {}
        self._told = 0.0

    def put(self, slots: Iterable[Slot]) -> None:
        """Controls that have another value."""
        self._slots.update(dict.fromkeys(slots))

    def frame(self, heard: datetime | None = None) -> Frame | None:
        """What changed since the last one; None when nothing did and that is no news yet.

        `heard` is when the Core answered last, None while it does not.
        """
        quiet = heard is not None and clock.monotonic() - self._told >= QUIET
        if not (self._slots or quiet):
            return None
        self._told = clock.monotonic()
        at = (heard or clock.now()).isoformat()
        return Frame(
            self._place.tenant_id,
            self._place.device_id,
            self._place.site_path,
            PERMISSION,
            {"at": at, "controls": [_shown(slot) for slot in self._taken()]},
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
