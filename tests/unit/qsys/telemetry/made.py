"""Changes and samples for tests, with a default for everything."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from apps.kernel.ids import new_id
from apps.qsys.models import Cause
from apps.qsys.telemetry import Change, Origin, Place, Samples

PLACE = Place(new_id(), new_id(), "/plant/")


def now_us() -> int:
    return time.time_ns() // 1000


def change(control_id: int = 1, **fields: Any) -> Change:
    given: dict[str, Any] = {
        "place": PLACE,
        "control_id": control_id,
        "component": "Lobby Gain",
        "control": f"gain.{control_id}",
        "at_us": now_us(),
        "number": -6.0,
        "string": "-6.0dB",
        "position": 0.78,
        "previous": -20.0,
        "previous_string": "-20.0dB",
        "design_code": "abc",
        "origin": Origin(Cause.DEVICE.value),
    }
    return Change(**{**given, **fields})


def samples(count: int = 3, *, second: int | None = None, device_id: UUID | None = None) -> Samples:
    made = Samples(device_id or PLACE.device_id, second or now_us() // 1_000_000)
    for number in range(count):
        made.add(1 + number % 3, number % 1000, float(number))
    return made
