"""A recall tells what it changed; a save tells what it overwrites; what nobody knows is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.audit.models import AuditLog
from apps.fleet import loop as device_loop
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code
from apps.kernel.valkey import valkey
from apps.operations.call import Call
from apps.operations.context import Context
from apps.operations.core import Face
from apps.operations.outcome import Outcome, Status
from apps.qsys.models import Control
from apps.qsys.schemas.snapshots import QsysSnapshotLoadIn, QsysSnapshotSaveIn
from apps.qsys.services import snapshots
from apps.qsys.simulator import CoreHost
from tests.support import factories
from tests.unit.qsys.operations.test_reading import refusal

Calling = Callable[..., Outcome]
SLOT = {"bank": "Snapshot Controller", "slot": 2}


def gain(host: CoreHost) -> float:
    host.core.advance()
    return host.core.control("Lobby Gain", "gain").value


def turn(host: CoreHost, value: float) -> None:
    """Somebody at the Core moves the fader."""

    async def move() -> None:
        host.core.move(host.core.control("Lobby Gain", "gain"), value)

    device_loop.run(move())


@pytest.fixture
def engineer(device: Device) -> Actor:
    return factories.actor_of("engineer", device.tenant)


@pytest.fixture
def saved(call: Calling, engineer: Actor, host: CoreHost) -> None:
    """Slot 2 holds the gain at -6, and the gain is somewhere else again."""
    turn(host, -6.0)
    call("qsys.snapshot.save", by=engineer, **SLOT)
    turn(host, -50.0)


@pytest.mark.usefixtures("saved")
def test_a_recall_tells_each_control_that_it_changed(call: Calling, host: CoreHost) -> None:
    out = call("qsys.snapshot.load", **SLOT).output
    assert gain(host) == -6
    assert out is not None
    by_path = {(one["component"], one["control"]): one for one in out["differences"]}
    moved = by_path["Lobby Gain", "gain"]
    assert (moved["before"]["value"], moved["after"]["string"]) == (-50.0, "-6.0dB")
    assert ("Lobby Gain", "mute") not in by_path
    assert (out["settled"], out["changed"]) == (True, len(by_path))


@pytest.mark.usefixtures("saved")
def test_the_trail_keeps_what_it_was_and_what_it_became(call: Calling) -> None:
    outcome = call("qsys.snapshot.load", **SLOT, limit=0)
    assert outcome.output is not None
    assert (outcome.output["differences"], outcome.output["changed"] > 0) == ([], True)
    row = AuditLog.system.get(call_id=outcome.call_id, entry="outcome")
    assert ["Lobby Gain", "gain", -50.0] in row.before["controls"]
    assert ["Lobby Gain", "gain", -6.0] in row.after["controls"]


@pytest.mark.usefixtures("saved")
def test_only_controls_that_the_design_is_known_to_have_are_watched(
    call: Calling, device: Device
) -> None:
    for name, direction in (("gain", "Read/Write"), ("mute", "Read/Write"), ("old", "Read Only")):
        Control.system.create(device=device, component="Lobby Gain", name=name, direction=direction)
    out = call("qsys.snapshot.load", **SLOT).output
    assert out is not None
    assert (out["watched"], out["changed"]) == (2, 1)


@pytest.mark.usefixtures("saved")
def test_the_change_group_is_given_back(call: Calling, host: CoreHost) -> None:
    for _ in range(6):
        assert call("qsys.snapshot.load", **SLOT).status is Status.OK
    assert host.core.group_count() == 0


@pytest.mark.usefixtures("saved")
def test_a_long_ramp_goes_on_by_itself(call: Calling, host: CoreHost) -> None:
    out = call("qsys.snapshot.load", **SLOT, ramp=60).output
    assert out is not None
    assert out["settled"] is False
    assert -50 <= gain(host) < -6


@pytest.mark.usefixtures("saved")
def test_a_recall_leaves_a_note_for_every_control(call: Calling, device: Device) -> None:
    call("qsys.snapshot.load", **SLOT)
    note = valkey().get(f"cp:qsys:cause:{device.id}")
    assert b'"many":true' in note


@pytest.mark.usefixtures("saved")
def test_a_dry_run_changes_nothing_and_says_what_cannot_be_known(
    call: Calling, host: CoreHost, engineer: Actor
) -> None:
    loading = call("qsys.snapshot.load", **SLOT, _dry_run=True)
    saving = call("qsys.snapshot.save", by=engineer, **SLOT, _dry_run=True)
    assert loading.plan is not None
    assert saving.plan is not None
    assert "before it is recalled" in loading.plan.risks[0]
    assert "is lost" in saving.plan.risks[0]
    assert gain(host) == -50
    assert host.core.counts["Snapshot.Load"] == 0
    assert host.core.counts["Snapshot.Save"] == 1


def test_an_operator_recalls_but_does_not_overwrite(call: Calling, host: CoreHost) -> None:
    assert refusal(call, "qsys.snapshot.save", **SLOT).code is Code.FORBIDDEN
    assert host.core.counts["Snapshot.Save"] == 0


@pytest.mark.parametrize("wrong", [{"bank": "Nowhere"}, {"slot": 99}])
def test_what_is_not_there_is_refused_and_nothing_moves(
    call: Calling, host: CoreHost, wrong: dict[str, Any]
) -> None:
    turn(host, -50)
    failure = refusal(call, "qsys.snapshot.load", **{**SLOT, **wrong})
    assert failure.code in (Code.NOT_FOUND, Code.DEVICE_REJECTED)
    assert gain(host) == -50
    assert host.core.group_count() == 0


def test_a_lost_answer_is_indeterminate(call: Calling, host: CoreHost) -> None:
    host.core.faults.swallow.add("Snapshot.Load")
    failure = refusal(call, "qsys.snapshot.load", **SLOT, _time_limit=1.0)
    assert failure.code is Code.INDETERMINATE


class TestSettling:
    """After a lost answer the bank is asked which slot it recalled last."""

    def settled(self, by: Actor, device: Device, **more: Any) -> Outcome | None:
        call = Call(operation="qsys.snapshot.load", input={}, actor=by, face=Face.REST)
        data = QsysSnapshotLoadIn(device=str(device.id), **{**SLOT, **more})
        later = clock.ManualClock(clock.now() + timedelta(seconds=9))
        with clock.using(later):
            context = Context(call=call, deadline=clock.monotonic() + 5)
            return snapshots.snapshot_load_settle(context, data, call.id)

    @pytest.mark.usefixtures("saved")
    def test_the_last_one_recalled_was_done(
        self, call: Calling, device: Device, operator: Actor
    ) -> None:
        call("qsys.snapshot.load", **SLOT)
        outcome = self.settled(operator, device)
        assert outcome is not None
        assert outcome.status is Status.OK

    def test_another_one_was_not(self, device: Device, operator: Actor) -> None:
        outcome = self.settled(operator, device)
        assert outcome is not None
        assert outcome.code == Code.DEVICE_REJECTED

    def test_it_may_still_be_on_its_way(self, device: Device, operator: Actor) -> None:
        assert self.settled(operator, device, ramp=30) is None

    def test_a_bank_that_is_not_exposed_tells_nothing(
        self, device: Device, operator: Actor
    ) -> None:
        outcome = self.settled(operator, device, bank="Hidden Bank")
        assert outcome is not None
        assert outcome.code == Code.INDETERMINATE

    def test_nobody_knows_whether_a_slot_was_saved(self, device: Device, operator: Actor) -> None:
        call = Call(operation="qsys.snapshot.save", input={}, actor=operator, face=Face.REST)
        context = Context(call=call, deadline=clock.monotonic() + 5)
        data = QsysSnapshotSaveIn(device=str(device.id), **SLOT)
        outcome = snapshots.snapshot_save_settle(context, data, call.id)
        assert outcome.code == Code.INDETERMINATE
        assert "Save it again" in str(outcome.detail)
