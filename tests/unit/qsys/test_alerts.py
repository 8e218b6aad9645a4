"""What a Core's rules read of what its poller keeps."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.fleet.alerts.rules import Seen
from apps.fleet.models import Device
from apps.qsys.alerts import drift, pairing, status
from apps.qsys.models import Core, DesignDrift, Pairing, StatusCode
from tests.support import factories

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


def seen(device: Device, liveness: str = "ok") -> Seen:
    place: Any = (device.name, "core", device.site_path, "")
    return Seen(device.id, device.tenant_id, *place, liveness, "", NOW, {})


def core(**fields: Any) -> Device:
    device = factories.device()
    Core.system.update_or_create(device=device, defaults=fields)
    return device


@pytest.mark.parametrize(
    ("code", "bad"),
    [
        (StatusCode.OK, 0),
        (StatusCode.NOT_PRESENT, 0),
        (StatusCode.INITIALIZING, 1),
        (StatusCode.COMPROMISED, 2),
        (StatusCode.MISSING, 3),
        (StatusCode.FAULT, 3),
    ],
)
def test_a_status_is_as_bad_as_its_code(code: StatusCode, bad: float) -> None:
    device = core(status_code=code, status="Fault - fan")
    assert [(one.value, one.note) for one in status([seen(device)], NOW)] == [(bad, "Fault - fan")]
    assert list(status([seen(device, "lost")], NOW)) == []


@pytest.mark.parametrize("pair", Pairing)
def test_a_pair_is_as_bad_as_its_verdict(pair: Pairing) -> None:
    device = core(pair=pair)
    bad = ["normal", "degraded", "differing", "unserved", "split"].index(pair)
    (found,) = pairing([seen(device)], NOW)
    assert (found.value, found.note) == (min(bad, 3), f"{pair.label}.")
    assert list(pairing([seen(core())], NOW)) == []


def test_a_drifted_design_is_told_with_its_reason() -> None:
    device, well = core(), core()
    DesignDrift.objects.create(device=device, reasons=["pin"], detail="It runs B.", since=NOW)
    found = {one.device_id: one for one in drift([seen(device), seen(well)], NOW)}
    assert (found[device.id].value, found[device.id].note) == (1, "It runs B.")
    assert found[well.id].value == 0
    assert list(drift([seen(device, "stale")], NOW)) == []
