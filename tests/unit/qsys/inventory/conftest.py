"""Cores with components that report a status, as the poller leaves them in the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from apps.fleet.models import Device, DeviceState
from apps.kernel.actor import Actor
from apps.kernel.valkey import valkey
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.outcome import Outcome
from apps.qsys.models import Control, ControlValue, Core
from apps.qsys.telemetry import Batch, Change, LastValue, Place
from apps.qsys.telemetry.store import moment, store
from tests.support import factories
from tests.unit.qsys.telemetry.made import change, now_us

BEGAN = (now_us() - 3_600_000_000) // 1_000_000 * 1_000_000


def at(seconds: float) -> datetime:
    """An instant of the hour that began an hour ago."""
    return moment(BEGAN + int(seconds * 1_000_000))


def core(device: Device, code: str = "a" * 12, **fields: Any) -> Core:
    """A Core that answers and runs a design."""
    DeviceState.objects.get_or_create(
        device=device, defaults={"liveness": "ok", "seen_at": at(0), "summary": {}}
    )
    given = {"design": "Hall", "design_code": code, "status_code": 0, "status": "OK - 3 OK"}
    row, _ = Core.system.update_or_create(device=device, defaults={**given, **fields})
    return row


def status_of(device: Device, component: str = "Amp 1", **fields: Any) -> Control:
    """A component's status, as the dictionary has it."""
    given: dict[str, Any] = {"name": "status", "type": "Status", "direction": "Read Only"}
    given["design_code"] = device.core.design_code
    return Control.system.create(device=device, component=component, **{**given, **fields})


def said(control: Control, *reports: tuple[float, float, str]) -> None:
    """Let a control say (second, code, text) in turn, stored as changes and last value."""
    device = control.device
    place = Place(device.tenant_id, device.id, device.site_path)
    rows: list[Change] = [
        change(
            control.id,
            place=place,
            at_us=BEGAN + int(second * 1_000_000),
            number=code,
            string=text,
            previous=None,
            previous_string="",
        )
        for second, code, text in reports
    ]
    last = rows[-1]
    values = [LastValue(control.id, last.at_us, last.number, last.string, None)]
    store(Batch(changes=[] if control.telemetry else rows, values=values), [])
    assert ControlValue.objects.filter(control=control).exists()


@pytest.fixture
def device(db: None) -> Device:
    """A Core in hall A."""
    valkey().flushdb()
    made = factories.device(site_path="/plant/hall-a/", name="Hall A")
    core(made)
    return made


@pytest.fixture
def viewer(device: Device) -> Actor:
    return factories.actor_of("viewer", device.tenant)


@pytest.fixture
def ask(viewer: Actor) -> Callable[..., Outcome]:
    """Calls an operation as the viewer, or as somebody else."""

    def asking(operation: str, *, who: Actor | None = None, **members: Any) -> Outcome:
        return invoke(Call(operation=operation, input=members, actor=who or viewer, face=Face.REST))

    return asking
