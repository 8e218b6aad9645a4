"""A change is taken back as the trail knows it, unless somebody has changed it since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fleet import loop as device_loop
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.operations.call import Call
from apps.operations.context import Context
from apps.operations.core import Face
from apps.operations.outcome import Outcome, Status
from apps.qsys.schemas.batches import QsysChangeUndoIn
from apps.qsys.schemas.controls import QsysReading
from apps.qsys.services import snapshots, undo
from apps.qsys.services.made import UNSEEN, UNTOLD, Made
from apps.qsys.simulator import CoreHost
from tests.support import factories
from tests.support.qsys import until
from tests.unit.qsys.operations.test_reading import refusal

Calling = Callable[..., Outcome]
GAIN = {"component": "Lobby Gain", "control": "gain"}
MUTE = {"component": "Lobby Gain", "control": "mute"}
UNDO = "qsys.change.undo"


def gain(host: CoreHost) -> float:
    host.core.advance()
    return host.core.control("Lobby Gain", "gain").value


def test_the_newest_change_is_taken_back(call: Calling, host: CoreHost) -> None:
    call("qsys.control.set", **GAIN, value=-30)
    made = call("qsys.control.set", **GAIN, value=-6)
    out = call(UNDO).output
    assert out is not None
    assert (out["undone"], out["confirmed"], gain(host)) == (str(made.call_id), True, -30)


def test_undoing_an_undo_does_the_change_again(call: Calling, host: CoreHost) -> None:
    call("qsys.control.set", **GAIN, value=-6)
    call(UNDO)
    call(UNDO)
    assert gain(host) == -6


def test_a_named_call_is_taken_back_over_later_ones_on_other_controls(
    call: Calling, host: CoreHost
) -> None:
    made = call("qsys.control.set", **GAIN, value=-6)
    call("qsys.control.set", **MUTE, value=True)
    call(UNDO, call=str(made.call_id))
    assert gain(host) == -20
    assert host.core.control("Lobby Gain", "mute").value == 1


def test_a_batch_is_taken_back_whole(call: Calling, host: CoreHost) -> None:
    call("qsys.control.batch", settings=[{**GAIN, "value": -6.0}, {**MUTE, "value": True}])
    out = call(UNDO).output
    assert out is not None
    assert [one["control"] for one in out["results"]] == ["gain", "mute"]
    assert (gain(host), host.core.control("Lobby Gain", "mute").value) == (-20, 0)


def test_a_recall_is_rolled_back(call: Calling, host: CoreHost) -> None:
    call("qsys.control.set", **GAIN, value=-50)
    call("qsys.snapshot.load", bank="Snapshot Controller", slot=1)
    assert gain(host) == -20
    out = call(UNDO).output
    assert out is not None
    assert ("Lobby Gain", "gain", True) in [
        (one["component"], one["control"], one["confirmed"]) for one in out["results"]
    ]
    assert gain(host) == -50


def test_what_somebody_changed_since_stays_unless_forced(call: Calling, host: CoreHost) -> None:
    call("qsys.control.set", **GAIN, value=-6)

    async def touch() -> None:
        host.core.move(host.core.control("Lobby Gain", "gain"), -3.0)

    device_loop.run(touch())
    failure = refusal(call, UNDO)
    assert failure.code is Code.CONFLICT
    assert "-3.0dB now" in failure.detail
    assert gain(host) == -3
    call(UNDO, force=True)
    assert gain(host) == -20


def test_an_undo_may_take_its_time(call: Calling, host: CoreHost) -> None:
    call("qsys.control.set", **GAIN, value=0)
    out = call(UNDO, ramp=30).output
    assert out is not None
    assert out["confirmed"] is False
    assert -20 < gain(host) <= 0


def test_what_was_ramped_is_undone_once_it_is_there(call: Calling, host: CoreHost) -> None:
    now = [100.0]
    host.core.clock = lambda: now[0]
    call("qsys.control.set", **GAIN, value=0, ramp=10)
    now[0] += 10
    assert gain(host) == 0
    call(UNDO)
    assert gain(host) == -20


def test_a_ramp_is_undone_while_it_runs_and_an_undo_that_ramped_is_undone_as_well(
    call: Calling, host: CoreHost
) -> None:
    now = [100.0]
    host.core.clock = lambda: now[0]
    call("qsys.control.set", **GAIN, value=0, ramp=10)
    now[0] += 5
    assert gain(host) == pytest.approx(-10)
    call(UNDO, ramp=20)
    now[0] += 20
    assert gain(host) == -20
    call(UNDO)
    assert gain(host) == pytest.approx(-10)


def test_a_ramp_to_a_position_is_undone_unless_somebody_moved_it(
    call: Calling, host: CoreHost
) -> None:
    now = [100.0]
    host.core.clock = lambda: now[0]
    batch = [{**GAIN, "position": 0.75, "ramp": 4}, {**MUTE, "value": True}]
    made = call("qsys.control.batch", settings=batch)
    now[0] += 4
    assert gain(host) == pytest.approx(-10)
    call(UNDO)
    assert gain(host) == -20
    call("qsys.control.set", **GAIN, value=-3)
    with pytest.raises(Failure, match="somebody has changed it since"):
        call(UNDO, call=str(made.call_id))
    assert gain(host) == -3


def test_a_recall_that_ramps_on_is_rolled_back_and_says_what_it_cannot_promise(
    call: Calling, host: CoreHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "WAITED_MOST", 0.1)
    call("qsys.control.set", **GAIN, value=-50)
    call("qsys.snapshot.load", bank="Snapshot Controller", slot=1, ramp=1.0)
    device_loop.run(until(lambda: gain(host) == -20))
    plan = call(UNDO, _dry_run=True).plan
    assert plan is not None
    assert plan.risks == (UNSEEN, UNTOLD)
    out = call(UNDO).output
    assert out is not None
    assert (out["left_out"], out["notes"]) == ([], [UNSEEN, UNTOLD])
    assert gain(host) == -50


def test_what_cannot_be_taken_back_is_said(call: Calling, host: CoreHost, device: Device) -> None:
    same = call("qsys.control.set", **GAIN, value=-20)
    failure = refusal(call, UNDO)
    assert "nothing to set back" in failure.detail
    assert failure.code is Code.CONFLICT
    engineer = factories.actor_of("engineer", device.tenant)
    saved = call("qsys.snapshot.save", by=engineer, bank="Snapshot Controller", slot=2)
    with pytest.raises(Failure, match=r"What qsys\.snapshot\.save did cannot be taken back"):
        call(UNDO, call=str(saved.call_id))
    assert same.call_id != saved.call_id
    assert gain(host) == -20


@given(
    start=st.floats(-100, 20),
    aim=st.floats(-100, 20),
    share=st.floats(0, 1),
    beyond=st.floats(1, 50),
    seconds=st.floats(0, 59),
)
def test_only_what_lies_on_the_way_of_a_running_ramp_is_its_own(
    start: float, aim: float, share: float, beyond: float, seconds: float
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    path = ("Lobby Gain", "gain")
    ramp = Made(
        new_id(), "qsys.control.set", at, {path: start}, {path: start}, {path: aim}, ramp=60
    )
    inside = max(min(start, aim), min(start + (aim - start) * share, max(start, aim)))
    here = QsysReading(value=inside, string="", position=None)
    sign = 1 if aim >= start else -1
    outside = QsysReading(value=aim + sign * beyond, string="", position=None)
    assert ramp.left_so(path, here, at + timedelta(seconds=seconds))
    assert not ramp.left_so(path, outside, at + timedelta(seconds=seconds))
    arrived = abs(inside - aim) <= 1e-4 * max(1, abs(aim), abs(inside))
    assert ramp.left_so(path, here, at + timedelta(seconds=99)) == arrived


def test_a_dry_run_shows_the_way_back(call: Calling, host: CoreHost) -> None:
    call("qsys.control.set", **GAIN, value=-6)
    plan = call(UNDO, _dry_run=True).plan
    assert plan is not None
    (change,) = plan.changes
    assert (change.what, change.before["string"], change.after) == (
        "Lobby Gain / gain", "-6.0dB", -20.0,
    )  # fmt: skip
    assert gain(host) == -6


def test_there_may_be_nothing_to_undo(call: Calling) -> None:
    assert "Nothing was changed" in refusal(call, UNDO).detail
    with pytest.raises(Failure) as caught:
        call(UNDO, call=str(new_id()))
    assert caught.value.code is Code.NOT_FOUND


def test_another_cores_change_is_not_found(call: Calling, host: CoreHost, device: Device) -> None:
    made = call("qsys.control.set", **GAIN, value=-6)
    other = factories.device(
        device.tenant, driver="qsys", kind="core", name="Elsewhere", address="127.0.0.9"
    )
    with pytest.raises(Failure) as caught:
        call(UNDO, device=str(other.id), call=str(made.call_id))
    assert caught.value.code is Code.NOT_FOUND
    assert gain(host) == -6


def test_a_refused_change_is_none(call: Calling) -> None:
    refusal(call, "qsys.control.set", **GAIN, value=-6, expect=5)
    assert "Nothing was changed" in refusal(call, UNDO).detail


def test_a_viewer_may_not(call: Calling, host: CoreHost, device: Device) -> None:
    call("qsys.control.set", **GAIN, value=-6)
    viewer = factories.actor_of("viewer", device.tenant)
    assert refusal(call, UNDO, by=viewer).code is Code.FORBIDDEN
    assert gain(host) == -6


@pytest.mark.parametrize(("ramp", "status"), [(0, Status.ERROR), (30, None)])
def test_a_lost_undo_is_settled_by_reading(
    call: Calling, device: Device, operator: Actor, ramp: float, status: Status | None
) -> None:
    call("qsys.control.set", **GAIN, value=-6)
    asked = Call(operation=UNDO, input={}, actor=operator, face=Face.REST)
    data = QsysChangeUndoIn(device=str(device.id), ramp=ramp)
    with clock.using(clock.ManualClock(clock.now() + timedelta(seconds=9))):
        context = Context(call=asked, deadline=clock.monotonic() + 5)
        outcome = undo.change_undo_settle(context, data, asked.id)
    assert (outcome.status if outcome else None) == status
