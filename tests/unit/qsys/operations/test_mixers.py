"""Many channels of a mixer are set at once, read back, and vouched for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code
from apps.operations.call import Call
from apps.operations.context import Context
from apps.operations.core import Face
from apps.operations.outcome import Outcome, Status
from apps.qsys.schemas.mixers import QsysMixerSetIn
from apps.qsys.services import mixers
from apps.qsys.simulator import Core, CoreHost, demo_design
from tests.support import factories
from tests.unit.qsys.operations.conftest import running
from tests.unit.qsys.operations.test_reading import refusal

Calling = Callable[..., Outcome]
GAINS = {"mixer": "Main Mixer", "what": "SetInputGain", "inputs": "1-3 !2"}


@pytest.fixture
def host() -> Iterator[CoreHost]:
    """A Core whose design is large enough for a mixer."""
    yield from running(Core(demo_design(700, 2)))


def value(host: CoreHost, control: str) -> float:
    return host.core.control("Main Mixer", control).value


def test_each_channel_is_set_and_told(call: Calling, host: CoreHost) -> None:
    out = call("qsys.mixer.set", **GAINS, value=-12.0).output
    assert out is not None
    assert [(one["control"], one["before"]["value"], one["after"]["value"])
            for one in out["channels"]] == [
        ("input.1.gain", 0.0, -12.0), ("input.3.gain", 0.0, -12.0),
    ]  # fmt: skip
    assert out["confirmed"] is True
    assert [value(host, f"input.{n}.gain") for n in (1, 2, 3)] == [-12, 0, -12]


def test_channels_are_undone_together(call: Calling, host: CoreHost) -> None:
    call("qsys.mixer.set", **GAINS, value=-12.0)
    call("qsys.mixer.set", **GAINS, value=-3.0)
    out = call("qsys.change.undo").output
    assert out is not None
    assert [value(host, f"input.{n}.gain") for n in (1, 2, 3)] == [-12, 0, -12]
    assert (out["confirmed"], len(out["results"]), len(out["notes"])) == (True, 2, 1)


def test_a_crosspoint_is_a_switch(call: Calling, host: CoreHost) -> None:
    out = call(
        "qsys.mixer.set", mixer="Main Mixer", what="SetCrossPointMute", value=True,
        inputs="1", outputs="1 2",
    ).output  # fmt: skip
    assert out is not None
    assert len(out["channels"]) == 2
    assert value(host, "input.1.output.2.mute") == 1


def test_what_the_core_clamps_is_not_confirmed(call: Calling) -> None:
    out = call("qsys.mixer.set", **GAINS, value=99.0).output
    assert out is not None
    assert (out["channels"][0]["after"]["value"], out["confirmed"]) == (20.0, False)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"inputs": ""}, "needs inputs"),
        ({"inputs": "one"}, "is no channel"),
        ({"outputs": "1"}, "takes no outputs"),
        ({"what": "SetInputMute", "value": 3}, "true or false"),
        ({"what": "SetInputLoudness"}, "what"),
    ],
)
def test_what_makes_no_sense_is_told_and_nothing_is_sent(
    call: Calling, host: CoreHost, wrong: dict[str, Any], words: str
) -> None:
    failure = refusal(call, "qsys.mixer.set", **{**GAINS, "value": -3.0, **wrong})
    assert failure.code is Code.INVALID
    assert words in failure.detail
    assert not any(name.startswith("Mixer.") for name in host.core.counts)


def test_a_channel_that_the_mixer_lacks_is_the_cores_refusal(call: Calling, host: CoreHost) -> None:
    failure = refusal(call, "qsys.mixer.set", **{**GAINS, "inputs": "8 9"}, value=-3.0)
    assert failure.code is Code.DEVICE_REJECTED
    assert value(host, "input.8.gain") == 0


def test_a_dry_run_lists_the_channels(call: Calling, host: CoreHost) -> None:
    plan = call("qsys.mixer.set", **GAINS, value=-3.0, _dry_run=True).plan
    assert plan is not None
    assert [one.what for one in plan.changes] == [
        "Main Mixer / input.1.gain", "Main Mixer / input.3.gain",
    ]  # fmt: skip
    assert value(host, "input.1.gain") == 0


def test_a_viewer_may_not(call: Calling, host: CoreHost, device: Device) -> None:
    viewer = factories.actor_of("viewer", device.tenant)
    failure = refusal(call, "qsys.mixer.set", by=viewer, **GAINS, value=-3.0)
    assert failure.code is Code.FORBIDDEN
    assert value(host, "input.1.gain") == 0


class TestSettling:
    """After a lost answer the channels are read."""

    def settled(self, by: Actor, device: Device, **more: Any) -> Outcome | None:
        call = Call(operation="qsys.mixer.set", input={}, actor=by, face=Face.REST)
        data = QsysMixerSetIn(device=str(device.id), **{**GAINS, "value": -3.0, **more})
        with clock.using(clock.ManualClock(clock.now() + timedelta(seconds=9))):
            context = Context(call=call, deadline=clock.monotonic() + 5)
            return mixers.mixer_set_settle(context, data, call.id)

    def test_as_asked_was_done(self, call: Calling, device: Device, operator: Actor) -> None:
        call("qsys.mixer.set", **GAINS, value=-3.0)
        outcome = self.settled(operator, device)
        assert outcome is not None
        assert outcome.status is Status.OK

    def test_otherwise_it_was_not(self, device: Device, operator: Actor) -> None:
        outcome = self.settled(operator, device)
        assert outcome is not None
        assert outcome.code == Code.DEVICE_REJECTED

    def test_a_ramp_may_be_under_way(self, device: Device, operator: Actor) -> None:
        assert self.settled(operator, device, ramp=30) is None

    def test_channels_that_are_not_exposed_tell_nothing(
        self, device: Device, operator: Actor
    ) -> None:
        outcome = self.settled(operator, device, inputs="40")
        assert outcome is not None
        assert outcome.code == Code.INDETERMINATE
