"""What a snapshot slot holds, as far as earlier recalls of it have shown."""

from typing import Any, Final

from apps.audit import selectors as trail
from apps.fleet.models import Device
from apps.operations.context import Context
from apps.qsys.models import Core
from apps.qsys.policies import Write, of_settings
from apps.qsys.schemas.fields import Scalar
from apps.qsys.services.batches import read
from apps.qsys.services.many import Path, Readings, setting

#: Recalls of a slot that are looked at, newest first.
LOOKED_AT: Final = 20
#: A recall that ramped longer than this was told on its way, so it shows no contents.
ARRIVED_WITHIN: Final = 5.0


def known_contents(device: Device, bank: str, slot: int) -> dict[Path, Scalar]:
    """Controls that recalls of this slot changed, and to what.

    Only recalls since it was last saved here, under the design that runs now. It is what is
    known, not all there is: a control that already was as the slot has it was not seen.
    """
    given = {"bank": bank, "slot": slot}
    saved = trail.done_with(device.id, "qsys.snapshot.save", given, most=1)
    since = saved[0].at if saved else None
    design = Core.system.filter(device=device).values_list("design_at", flat=True).first()
    found: dict[Path, Scalar] = {}
    for row in trail.done_with(device.id, "qsys.snapshot.load", given, most=LOOKED_AT):
        if any(begin is not None and row.at < begin for begin in (since, design)):
            break
        if row.input.get("ramp", 0) <= ARRIVED_WITHIN:
            found = _told(row.after) | found
    return found


def _told(after: Any) -> dict[Path, Scalar]:
    rows = after.get("controls", ()) if isinstance(after, dict) else ()
    return {(component, name): value for component, name, value in rows}


def now_of(ctx: Context, device: Device, contents: dict[Path, Scalar]) -> Readings:
    """What the known controls of a slot are now."""
    return read(ctx, device, list(contents)) if contents else {}


def writes(
    device: Device, bank: str, slot: int, contents: dict[Path, Scalar], now: Readings
) -> list[Write]:
    """A recall as policies judge it: the bank's own slot, and each control known to be in it."""
    settings = [setting(path, value) for path, value in contents.items()]
    return [Write(bank, f"load.{slot}"), *of_settings(device, settings, now)]
