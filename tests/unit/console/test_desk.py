"""Faders, switches and meters: what may be moved, why not, and that a refusal moves nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.console.families import cores, strips
from apps.fleet.models import Device, DeviceState, EmergencyStop
from apps.qsys.models import Control, ControlPolicy, Core
from tests.support import factories
from tests.unit.console.test_families import control

GAIN = {"component": "Lobby Gain", "control": "gain", "value": "-12.5"}


@pytest.fixture
def core(tenant: Tenant) -> Device:
    device = factories.device(tenant, name="Lobby", site_path="/plant/hall-a/")
    Core.system.create(device=device, design_code="one")
    DeviceState.objects.create(device=device, liveness="ok")
    gain = control(device, "Lobby Gain", "gain", -12.5)
    mute = control(device, "Lobby Gain", "mute", 1.0)
    meter = control(device, "Meters 1", "meter.1", -30.0)
    Control.system.filter(id__in=[gain.id, meter.id]).update(minimum=-100.0, maximum=20.0)
    Control.system.filter(id=mute.id).update(type="Boolean")
    Control.system.filter(id=meter.id).update(direction="Read Only", telemetry=True)
    return device


def shown(tenant: Tenant, core: Device, role: str = "operator") -> strips.Strips:
    return cores.desk(factories.actor_of(role, tenant), Device.system.get(id=core.id))


def lock(tenant: Tenant, **fields: Any) -> ControlPolicy:
    given = {"controls": ["*"], "protected": True, "note": "gala", **fields}
    return ControlPolicy.system.create(tenant=tenant, name="Night", **given)


def test_a_control_becomes_what_its_nature_is(tenant: Tenant, core: Device) -> None:
    found = {one.label: one for one in shown(tenant, core).rows}
    kinds = {label: (one.kind, one.acts) for label, one in found.items()}
    assert kinds == {
        "Lobby Gain": ("fader", True),
        "Lobby Gain mute": ("switch", True),
        "Meters 1 meter.1": ("meter", False),
    }
    assert found["Lobby Gain"].step == 0.5
    assert shown(tenant, core).reasons == []


@pytest.mark.parametrize(
    ("low", "high", "type", "step"),
    [(0, 1, "Float", 0.005), (0, 100, "Float", 0.5), (1, 8, "Integer", 1), (0, 5e3, "Float", 5)],
)
def test_a_fader_moves_by_a_round_part_of_its_range(
    tenant: Tenant, core: Device, low: float, high: float, type: str, step: float
) -> None:
    rows = Control.system.filter(device=core, component="Lobby Gain", name="gain")
    rows.update(minimum=low, maximum=high, type=type)
    (fader,) = [one for one in shown(tenant, core).rows if one.kind == "fader"]
    assert fader.step == pytest.approx(step)


def test_whoever_may_only_look_is_told_so(tenant: Tenant, core: Device) -> None:
    found = shown(tenant, core, "viewer")
    assert [one.acts for one in found.rows] == [False, False, False]
    assert found.reasons == ["You may look, not set: that needs qsys.operate here."]


def test_a_lock_a_policy_and_a_stop_say_why(tenant: Tenant, core: Device) -> None:
    policy = lock(tenant, component="Lobby*", controls=["mute"])
    gain, mute, meter = shown(tenant, core).rows
    assert (gain.why, mute.why, meter.why) == (0, 1, 0)
    (reason,) = shown(tenant, core).reasons
    assert reason.startswith("It is protected, by the policy 'Night' (gala). ")
    ControlPolicy.system.filter(id=policy.id).update(protected=False, second_person=True)
    assert shown(tenant, core).reasons == [
        "A second person has to grant it, by the policy 'Night'."
    ]
    EmergencyStop.system.create(tenant=tenant, path="/plant/", set_by="ada")
    (reason,) = shown(tenant, core).reasons
    assert "Emergency stop of" in reason
    assert "set by ada" in reason


def test_a_lost_core_takes_nothing(tenant: Tenant, core: Device) -> None:
    DeviceState.objects.filter(device=core).update(liveness="lost")
    (reason,) = shown(tenant, core).reasons
    assert reason.startswith("The Core does not answer.")


def test_the_page_disables_what_is_locked_and_points_at_the_reason(
    operator: Client, tenant: Tenant, core: Device
) -> None:
    lock(tenant, component="Lobby*", controls=["gain"])
    text = operator.get(f"/devices/{core.id}/").text
    slider = re.search(r'<input type="range"[^>]*>', text)
    assert slider
    assert "disabled" in slider[0]
    assert 'aria-valuetext="-12.5dB"' in slider[0]
    (described,) = re.findall(r'aria-describedby="([^"]+)"', slider[0])
    assert f'id="{described}"' in text


def test_a_refused_set_says_why_and_is_evidence_of_nothing_done(
    login: Callable[..., Client], tenant: Tenant, core: Device
) -> None:
    url = f"/devices/{core.id}/control/"
    answer = login("viewer").post(url, GAIN)
    assert answer.status_code == 403
    assert "qsys.operate" in answer.json()["detail"]
    assert login("operator").get(url).status_code == 405
    assert login("operator", of=factories.tenant()).post(url, GAIN).status_code == 404
    assert not AuditLog.system.filter(verdict="ok", operation="qsys.control.set").exists()


def test_what_a_second_person_grants_is_not_done_by_a_fader(
    operator: Client, tenant: Tenant, core: Device
) -> None:
    lock(tenant, protected=False, second_person=True)
    answer = operator.post(f"/devices/{core.id}/control/", GAIN)
    assert answer.status_code != 200
    assert not AuditLog.system.filter(verdict="ok", operation="qsys.control.set").exists()
