"""A control is set, read back and vouched for; what cannot be known is not claimed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.valkey import valkey
from apps.operations.call import Call
from apps.operations.context import Context
from apps.operations.core import Face
from apps.operations.outcome import Outcome, Status
from apps.qsys.schemas.controls import QsysControlSetIn
from apps.qsys.services import controls
from apps.qsys.simulator import CoreHost
from tests.support import factories
from tests.unit.qsys.operations.test_reading import refusal

Calling = Callable[..., Outcome]
GAIN = {"component": "Lobby Gain", "control": "gain"}


def value(host: CoreHost, control: str = "gain") -> float:
    return host.core.control("Lobby Gain", control).value


@pytest.mark.parametrize(
    ("asked", "now"),
    [
        ({"value": -12.5}, (-12.5, "-12.5dB")),
        ({"position": 0.75}, (-10.0, "-10.0dB")),
        ({"string": "-6.0dB"}, (-6.0, "-6.0dB")),
    ],
)
def test_a_control_is_set_and_read_back(call: Calling, host: CoreHost, asked, now) -> None:
    out = call("qsys.control.set", **GAIN, **asked).output
    assert (out["before"]["value"], out["before"]["string"]) == (-20.0, "-20.0dB")
    assert (out["after"]["value"], out["after"]["string"]) == now
    assert out["confirmed"] is True
    assert value(host) == now[0]


def test_a_switch_is_set_by_a_truth(call: Calling, host: CoreHost) -> None:
    out = call("qsys.control.set", component="Lobby Gain", control="mute", value=True).output
    assert (out["after"]["value"], out["after"]["string"], out["confirmed"]) == (
        True, "muted", True,
    )  # fmt: skip


def test_a_named_control_is_set_by_its_name(call: Calling, host: CoreHost) -> None:
    assert call("qsys.control.set", control="LobbyGain", value=-3).output["confirmed"]
    assert value(host) == -3


def test_what_the_core_clamps_is_not_confirmed(call: Calling) -> None:
    out = call("qsys.control.set", **GAIN, value=50).output
    assert (out["after"]["value"], out["confirmed"]) == (20.0, False)


def test_a_ramp_is_the_cores_and_is_not_waited_for(call: Calling, host: CoreHost) -> None:
    out = call("qsys.control.set", **GAIN, value=0.0, ramp=30).output
    assert not out["confirmed"]
    sent = host.core.history[-2 if host.core.history[-1].method != "Component.Set" else -1]
    assert sent.params["Controls"] == [{"Name": "gain", "Value": 0.0, "Ramp": 30.0}]


@pytest.mark.parametrize(
    "wrong",
    [{}, {"value": 1, "position": 0.5}, {"position": 1.5}, {"value": 1, "ramp": 61}],
)
def test_nothing_is_sent_for_what_makes_no_sense(call: Calling, host: CoreHost, wrong) -> None:
    assert refusal(call, "qsys.control.set", **GAIN, **wrong).code is Code.INVALID
    assert host.core.counts["Component.Set"] == 0


def test_an_unknown_control_is_not_found_and_not_set(call: Calling, host: CoreHost) -> None:
    failure = refusal(call, "qsys.control.set", component="Lobby Gain", control="gian", value=1.0)
    assert failure.code is Code.NOT_FOUND
    assert host.core.counts["Component.Set"] == 0


def test_a_dry_run_shows_the_change_and_makes_none(call: Calling, host: CoreHost) -> None:
    outcome = call("qsys.control.set", **GAIN, value=-6, _dry_run=True)
    assert outcome.status is Status.PLANNED
    assert outcome.plan is not None
    (change,) = outcome.plan.changes
    assert (change.what, change.before["value"], change.after) == ("Lobby Gain / gain", -20.0, -6)
    assert host.core.counts["Component.Set"] == 0


def test_a_viewer_may_not_set(call: Calling, host: CoreHost, device: Device) -> None:
    viewer = factories.actor_of("viewer", device.tenant)
    failure = refusal(call, "qsys.control.set", by=viewer, **GAIN, value=-6)
    assert failure.code is Code.FORBIDDEN
    assert value(host) == -20.0


def test_a_standby_core_refuses_and_says_where_to_write(call: Calling, host: CoreHost) -> None:
    host.core.become("Standby")
    failure = refusal(call, "qsys.control.set", **GAIN, value=-6)
    assert failure.code is Code.DEVICE_REJECTED
    assert "active partner" in failure.detail


@pytest.mark.parametrize("fault", ["swallow", "ignore"])
def test_a_lost_answer_is_indeterminate_whatever_the_core_did(
    call: Calling, host: CoreHost, fault: str
) -> None:
    getattr(host.core.faults, fault).add("Component.Set")
    failure = refusal(call, "qsys.control.set", **GAIN, value=-6, _time_limit=0.5)
    assert failure.code is Code.INDETERMINATE
    assert value(host) == (-6 if fault == "swallow" else -20)


def test_a_set_leaves_a_note_of_who_did_it(call: Calling, device: Device, operator: Actor) -> None:
    call("qsys.control.set", **GAIN, value=-6)
    note = valkey().get(f"cp:qsys:cause:{device.id}:Lobby Gain:gain")
    assert operator.label in note.decode()
    assert '"cause":"operation"' in note.decode()
    assert valkey().ttl(f"cp:qsys:cause:{device.id}:Lobby Gain:gain") > 2


def test_a_schedules_set_is_noted_as_such(call: Calling, device: Device) -> None:
    call("qsys.control.set", **GAIN, value=-6, _face=Face.SCHEDULE)
    note = valkey().get(f"cp:qsys:cause:{device.id}:Lobby Gain:gain")
    assert '"cause":"schedule"' in note.decode()


class TestSettling:
    """After a lost answer the Core is asked what is true."""

    def settled(self, by: Actor, device: Device, **asked: Any) -> Outcome | None:
        call = Call(operation="qsys.control.set", input={}, actor=by, face=Face.REST)
        data = QsysControlSetIn(device=str(device.id), **GAIN, **asked)
        context = Context(call=call, deadline=clock.monotonic() + 5)
        return controls.control_settle(context, data, call.id)

    def test_as_asked_means_done(self, host: CoreHost, device: Device, operator: Actor) -> None:
        host.core.move(host.core.control("Lobby Gain", "gain"), -6.0)
        outcome = self.settled(operator, device, value=-6)
        assert outcome is not None
        assert outcome.status is Status.OK
        assert outcome.output is not None
        assert outcome.output["before"] == {"value": None, "string": "", "position": None}

    def test_not_as_asked_is_asked_again_at_first(self, device: Device, operator: Actor) -> None:
        assert self.settled(operator, device, value=-6, ramp=30) is None

    def test_not_as_asked_after_its_time_means_not_done(
        self, device: Device, operator: Actor
    ) -> None:
        call = Call(operation="qsys.control.set", input={}, actor=operator, face=Face.REST)
        data = QsysControlSetIn(device=str(device.id), **GAIN, value=-6, ramp=3)
        later = clock.ManualClock(clock.now() + timedelta(seconds=9))
        with clock.using(later):
            context = Context(call=call, deadline=clock.monotonic() + 5)
            outcome = controls.control_settle(context, data, call.id)
        assert outcome is not None
        assert (outcome.status, outcome.code) == (Status.ERROR, Code.DEVICE_REJECTED)

    def test_a_control_that_is_gone_was_not_set(
        self, host: CoreHost, device: Device, operator: Actor
    ) -> None:
        del host.core.components["Lobby Gain"].controls["gain"]
        outcome = self.settled(operator, device, value=-6)
        assert outcome is not None
        assert outcome.code == Code.NOT_FOUND

    def test_a_core_that_is_away_is_asked_later(
        self, host: CoreHost, device: Device, operator: Actor
    ) -> None:
        host.core.faults.shut = True
        with pytest.raises(Failure) as caught:
            self.settled(operator, device, value=-6)
        assert caught.value.code is Code.UNREACHABLE
