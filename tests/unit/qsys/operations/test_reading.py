"""A Core is asked through the one door: its engine, its components, its controls."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from apps.fleet import loop as device_loop
from apps.fleet.models import Device
from apps.fleet.services import credential_set
from apps.kernel.errors import Code, Failure
from apps.operations.failures import is_retryable
from apps.operations.outcome import Outcome
from apps.qsys.services.controls import NO_COMPONENTS
from apps.qsys.simulator import Core, CoreHost, demo_design
from apps.qsys.simulator.spec import DesignSpec
from tests.support import factories

Calling = Callable[..., Outcome]


def refusal(call: Calling, *arguments: Any, **members: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        call(*arguments, **members)
    return caught.value


def test_the_engine_says_what_it_runs(call: Calling, host: CoreHost, device: Device) -> None:
    host.core.status = (1, "Compromised - 1 Compromised, 12 OK")
    found = call("qsys.core.status").output
    assert found == {
        "device": str(device.id),
        "name": device.name,
        "platform": "Core 110f",
        "state": "Active",
        "design": "Demo House",
        "design_code": host.core.code,
        "redundant": False,
        "emulator": False,
        "status_code": 1,
        "status": "Compromised - 1 Compromised, 12 OK",
    }


def test_a_call_to_a_core_is_logged_under_the_trace_of_its_caller(
    call: Calling, device: Device, host: CoreHost
) -> None:
    with capture_logs() as lines:
        call("qsys.core.status", _trace_id="c" * 32, _request_id="r-1")
        refusal(call, "qsys.control.get", component="Nowhere", _trace_id="d" * 32)
    told = [line for line in lines if line["event"] == "device called"]
    assert [(one["trace_id"], one["verdict"]) for one in told[:2]] == [
        ("c" * 32, "ok"),
        ("d" * 32, "not_found"),
    ]
    first = told[0]
    assert (first["device"], first["operation"], first["request_id"], first["changing"]) == (
        str(device.id),
        "qsys.core.status",
        "r-1",
        False,
    )
    assert "Nowhere" not in str(told)


def test_a_core_is_found_by_name_and_by_the_reference_name_of_the_operation(
    call: Calling, device: Device
) -> None:
    assert call("query_core_status", device=device.name).output["device"] == str(device.id)


def test_components_are_filtered_sorted_and_counted(call: Calling) -> None:
    everything = call("qsys.component.list").output
    assert everything["total"] == len(everything["components"]) > 3
    names = [one["name"] for one in everything["components"]]
    assert names == sorted(names)
    assert "Hidden Script" not in names
    gains = call("qsys.component.list", contains="lobby", type="gain").output
    assert [one["name"] for one in gains["components"]] == ["Lobby Gain"]
    one = call("qsys.component.list", limit=1).output
    assert (len(one["components"]), one["total"]) == (1, everything["total"])


def test_an_empty_list_says_what_is_most_often_wrong(call: Calling, host: CoreHost) -> None:
    host.core.load(DesignSpec("Bare", ()))
    found = call("qsys.component.list").output
    assert (found["components"], found["hint"]) == ([], NO_COMPONENTS)


def test_a_filter_that_matches_nothing_is_no_fault_of_the_design(call: Calling) -> None:
    found = call("qsys.component.list", contains="nowhere").output
    assert (found["components"], found["hint"]) == ([], None)


def test_controls_are_read_as_they_are(call: Calling) -> None:
    found = call("qsys.control.get", component="Lobby Gain", controls=["gain", "mute"]).output
    gain, mute = found["controls"]
    assert (gain["component"], gain["control"], gain["value"]) == ("Lobby Gain", "gain", -20.0)
    assert gain["string"] == "-20.0dB"
    assert gain["position"] == pytest.approx(0.6667, abs=1e-3)
    assert (mute["value"], mute["string"]) == (False, "unmuted")


def test_all_controls_of_a_component_are_read_when_none_is_named(call: Calling) -> None:
    found = call("qsys.control.get", component="Lobby Gain").output["controls"]
    assert {one["control"] for one in found} >= {"gain", "mute", "bypass", "invert"}
    assert {one["component"] for one in found} == {"Lobby Gain"}
    (gain,) = [one for one in found if one["control"] == "gain"]
    assert (gain["type"], gain["minimum"], gain["maximum"]) == ("Float", -100.0, 20.0)


def test_a_named_control_needs_no_component(call: Calling) -> None:
    (one,) = call("qsys.control.get", controls=["LobbyGain"]).output["controls"]
    assert (one["component"], one["value"]) == (None, -20.0)


def test_a_named_control_cannot_be_listed(call: Calling) -> None:
    failure = refusal(call, "qsys.control.get")
    assert failure.code is Code.INVALID
    assert "name the controls" in str(failure.errors) + failure.detail


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"component": "Nobody", "controls": ["gain"]}, "component"),
        ({"component": "Lobby Gain", "controls": ["nothing"]}, "control"),
        ({"controls": ["Nobody"]}, "control"),
    ],
)
def test_what_the_core_does_not_know_is_not_found(call: Calling, members, word) -> None:
    failure = refusal(call, "qsys.control.get", **members)
    assert failure.code is Code.NOT_FOUND
    assert word in failure.detail


def test_another_tenants_core_is_not_there(call: Calling, host: CoreHost) -> None:
    stranger = factories.actor_of("operator")
    before = host.core.counts["StatusGet"]
    assert refusal(call, "qsys.core.status", by=stranger).code is Code.NOT_FOUND
    assert host.core.counts["StatusGet"] == before


def test_a_core_that_is_away_is_unreachable(call: Calling, host: CoreHost) -> None:
    device_loop.run(host.refuse())
    failure = refusal(call, "qsys.core.status")
    assert failure.code is Code.UNREACHABLE


def test_a_core_that_hangs_is_a_timeout(call: Calling, host: CoreHost) -> None:
    host.core.faults.hang = True
    failure = refusal(call, "qsys.core.status", _time_limit=0.3)
    assert failure.code is Code.TIMEOUT
    assert is_retryable(failure)
    assert re.search(r"within 0\.\d s", failure.detail)


class TestLogon:
    """A Core with access control."""

    @pytest.fixture
    def host(self):  # type: ignore[no-untyped-def]  # replaces the fixture above
        from tests.unit.qsys.operations.conftest import running

        yield from running(Core(demo_design(30, 0), users={"plane": "1234"}))

    def test_the_stored_pin_opens_it(self, call: Calling, device: Device) -> None:
        credential_set(device, {"username": "plane", "pin": "1234"})
        assert call("qsys.core.status").output["state"] == "Active"

    @pytest.mark.parametrize("secrets", [None, {"username": "plane", "pin": "9999"}])
    def test_without_the_right_pin_it_says_what_to_do(
        self, call: Calling, device: Device, secrets: dict[str, str] | None
    ) -> None:
        if secrets:
            credential_set(device, secrets)
        failure = refusal(call, "qsys.core.status")
        assert failure.code is Code.DEVICE_REJECTED
        assert "fleet.credential.set" in failure.detail
