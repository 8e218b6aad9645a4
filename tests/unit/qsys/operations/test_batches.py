"""Several controls are set together or not at all, and a set may insist on what it finds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.audit.models import AuditLog
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code
from apps.kernel.valkey import valkey
from apps.operations.call import Call
from apps.operations.context import Context
from apps.operations.core import Face
from apps.operations.outcome import Outcome, Status
from apps.qsys.schemas.batches import QsysControlBatchIn
from apps.qsys.services import batches
from apps.qsys.simulator import CoreHost
from tests.support import factories
from tests.unit.qsys.operations.test_reading import refusal

Calling = Callable[..., Outcome]
GAIN = {"component": "Lobby Gain", "control": "gain"}
MUTE = {"component": "Lobby Gain", "control": "mute"}
BOTH = [{**GAIN, "value": -6.0}, {**MUTE, "value": True}]


def state(host: CoreHost) -> tuple[float, float]:
    return tuple(host.core.control("Lobby Gain", name).value for name in ("gain", "mute"))


def test_all_are_set_and_told(call: Calling, host: CoreHost) -> None:
    out = call("qsys.control.batch", settings=BOTH).output
    assert out is not None
    told = [(one["control"], one["after"]["string"], one["confirmed"]) for one in out["results"]]
    assert told == [("gain", "-6.0dB", True), ("mute", "muted", True)]
    assert (out["confirmed"], state(host)) == (True, (-6.0, 1.0))
    assert host.core.counts["Component.Set"] == 1


def test_named_controls_go_along(call: Calling, host: CoreHost) -> None:
    settings = [{"control": "LobbyGain", "position": 0.75}, {**MUTE, "string": "muted"}]
    out = call("qsys.control.batch", settings=settings).output
    assert out is not None
    assert (out["confirmed"], state(host)) == (True, (-10.0, 1.0))


def test_one_unknown_name_stops_all(call: Calling, host: CoreHost) -> None:
    failure = refusal(
        call, "qsys.control.batch", settings=[*BOTH, {**GAIN, "control": "gian", "value": 1}]
    )
    assert failure.code is Code.NOT_FOUND
    assert (state(host), host.core.counts["Component.Set"]) == ((-20.0, 0.0), 0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ([], "too few items"),
        ([{**GAIN}], "exactly one of"),
        ([{**GAIN, "value": 1}, {**GAIN, "value": 2}], "Lobby Gain / gain is set twice"),
    ],
)
def test_what_makes_no_sense_is_told(
    call: Calling, host: CoreHost, wrong: list[dict[str, Any]], words: str
) -> None:
    failure = refusal(call, "qsys.control.batch", settings=wrong)
    assert failure.code is Code.INVALID
    assert words in failure.detail
    assert host.core.counts["Component.Set"] == 0


def test_what_the_core_clamps_is_told_one_by_one(call: Calling) -> None:
    out = call("qsys.control.batch", settings=[{**GAIN, "value": 99.0}, BOTH[1]]).output
    assert out is not None
    assert [one["confirmed"] for one in out["results"]] == [False, True]
    assert out["confirmed"] is False


def test_a_dry_run_shows_each_and_sets_none(call: Calling, host: CoreHost) -> None:
    plan = call("qsys.control.batch", settings=BOTH, _dry_run=True).plan
    assert plan is not None
    assert [(one.what, one.before["string"], one.after) for one in plan.changes] == [
        ("Lobby Gain / gain", "-20.0dB", -6.0), ("Lobby Gain / mute", "unmuted", True),
    ]  # fmt: skip
    assert state(host) == (-20.0, 0.0)


def test_each_carries_the_call_in_its_history(call: Calling, device: Device) -> None:
    call("qsys.control.batch", settings=BOTH)
    for control in ("gain", "mute"):
        note = valkey().get(f"cp:qsys:cause:{device.id}:Lobby Gain:{control}")
        assert b'"many":true' in note


def test_the_trail_keeps_both_sides(call: Calling) -> None:
    outcome = call("qsys.control.batch", settings=BOTH)
    row = AuditLog.system.get(call_id=outcome.call_id, entry="outcome")
    assert row.before["controls"] == [
        ["Lobby Gain", "gain", -20.0], ["Lobby Gain", "mute", False],
    ]  # fmt: skip
    assert row.after["controls"] == [["Lobby Gain", "gain", -6.0], ["Lobby Gain", "mute", True]]


def test_a_viewer_may_not(call: Calling, host: CoreHost, device: Device) -> None:
    viewer = factories.actor_of("viewer", device.tenant)
    failure = refusal(call, "qsys.control.batch", by=viewer, settings=BOTH)
    assert (failure.code, state(host)) == (Code.FORBIDDEN, (-20.0, 0.0))


class TestComparing:
    """A set that names what it expects is sent only if it finds that."""

    @pytest.mark.parametrize("expect", [-20, -20.0, "-20.0dB"])
    def test_as_expected_is_set(self, call: Calling, host: CoreHost, expect: Any) -> None:
        assert call("qsys.control.set", **GAIN, value=-6, expect=expect).status is Status.OK
        assert state(host)[0] == -6

    @pytest.mark.parametrize("expect", [-19, "-19.0dB", True])
    def test_otherwise_nothing_is_sent(self, call: Calling, host: CoreHost, expect: Any) -> None:
        failure = refusal(call, "qsys.control.set", **GAIN, value=-6, expect=expect)
        assert failure.code is Code.CONFLICT
        assert "-20.0dB now" in failure.detail
        assert host.core.counts["Component.Set"] == 0


class TestSettling:
    """After a lost answer all of them are read."""

    def settled(self, by: Actor, device: Device, *, ramp: float = 0) -> Outcome | None:
        call = Call(operation="qsys.control.batch", input={}, actor=by, face=Face.REST)
        settings = [{**one, "ramp": ramp} for one in BOTH]
        data = QsysControlBatchIn(device=str(device.id), settings=settings)
        with clock.using(clock.ManualClock(clock.now() + timedelta(seconds=9))):
            context = Context(call=call, deadline=clock.monotonic() + 5)
            return batches.control_batch_settle(context, data, call.id)

    def test_all_as_asked_was_done(self, call: Calling, device: Device, operator: Actor) -> None:
        call("qsys.control.batch", settings=BOTH)
        outcome = self.settled(operator, device)
        assert outcome is not None
        assert outcome.status is Status.OK

    def test_a_part_of_them_was_not(self, call: Calling, device: Device, operator: Actor) -> None:
        call("qsys.control.set", **GAIN, value=-6)
        outcome = self.settled(operator, device)
        assert outcome is not None
        assert outcome.code == Code.DEVICE_REJECTED
        assert "1 of 2 controls" in str(outcome.detail)

    def test_a_ramp_may_be_under_way(self, device: Device, operator: Actor) -> None:
        assert self.settled(operator, device, ramp=30) is None
