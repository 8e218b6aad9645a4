from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from apps.audit.models import AuditLog
from apps.events.models import Outbox
from apps.fleet import leases, targets
from apps.fleet.models import Device, DeviceLease, Target
from apps.fleet.models.target import TERMINAL
from apps.fleet.models.target import TargetState as State
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from tests.support import factories
from tests.unit.fleet.support import context

WAY = (State.PREFLIGHT, State.READY, State.SENDING, State.SENT, State.REBOOTING, State.VERIFYING)


@pytest.fixture
def held(db: None) -> Device:
    return factories.device(name="Lobby")


def create(device: Device, job_id: UUID | None = None) -> Target:
    return targets.target_create(context(job_id=job_id or new_id()), device)


def advance(target: Target, *states: State, **fields: Any) -> Target:
    for state in states:
        lease = leases.take(target.device, "job") if state is State.SENDING else None
        targets.move(target, state, ctx=context(), lease=lease, **fields)
    return target


def rows() -> tuple[int, int]:
    return (
        AuditLog.system.filter(entry="transition").count(),
        Outbox.objects.filter(type="fleet.target.moved").count(),
    )


def test_a_target_goes_all_the_way(held: Device) -> None:
    target = advance(create(held), *WAY, State.COMMITTED, State.SUCCEEDED)
    assert target.state == State.SUCCEEDED
    assert target.version == 8
    assert targets.holder_of(held) is None


def test_each_move_is_written_and_told_once(held: Device) -> None:
    target = create(held)
    targets.move(target, State.PREFLIGHT, ctx=context(), detail="Checking Lobby.")
    assert rows() == (1, 1)
    row = AuditLog.system.get(entry="transition")
    assert row.before == {"state": "queued"}
    assert row.after == {"state": "preflight", "attempt": 1, "epoch": 0}
    assert (row.job_id, row.device_id) == (target.job_id, held.id)
    event = Outbox.objects.get(type="fleet.target.moved")
    assert event.payload["detail"] == "Checking Lobby."
    assert (event.device_id, event.site_path) == (held.id, held.site_path)


def test_a_move_the_table_has_not_changes_nothing(held: Device) -> None:
    target = create(held)
    with pytest.raises(targets.IllegalMoveError):
        targets.move(target, State.SENT, ctx=context())
    target.refresh_from_db(from_queryset=Target.system.all())
    assert target.state == State.QUEUED
    assert rows() == (0, 0)


def test_two_movers_of_one_row_do_not_both_win(held: Device) -> None:
    target = create(held)
    same = Target.system.get(id=target.id)
    advance(target, State.PREFLIGHT)
    with pytest.raises(Failure) as caught:
        targets.move(same, State.CANCELLED, ctx=context())
    assert caught.value.code is Code.CONFLICT
    assert "preflight" in caught.value.detail
    assert rows() == (1, 1)


def test_sending_is_recorded_under_the_lease_only(held: Device) -> None:
    target = advance(create(held), State.PREFLIGHT, State.READY)
    with pytest.raises(targets.IllegalMoveError):
        targets.move(target, State.SENDING, ctx=context())
    old = leases.take(held, "first")
    leases.release(old)
    with pytest.raises(leases.LeaseLost):
        targets.move(target, State.SENDING, ctx=context(), lease=old)
    assert Target.system.get(id=target.id).state == State.READY
    lease = leases.take(held, "second")
    targets.move(target, State.SENDING, ctx=context(), lease=lease)
    assert target.epoch == lease.epoch
    assert target.intent_at is not None


def test_another_attempt_is_counted(held: Device) -> None:
    target = advance(create(held), *WAY[:3], State.RECONCILING, State.READY)
    assert target.attempt == 2


def test_a_second_job_is_refused_with_the_first_one_s_id(held: Device) -> None:
    first = create(held)
    with pytest.raises(Failure) as caught:
        create(held)
    assert caught.value.code is Code.CONFLICT
    assert str(first.job_id) in caught.value.detail
    assert Target.system.count() == 1


def test_the_end_of_a_target_frees_its_device(held: Device) -> None:
    advance(create(held), State.CANCELLED)
    assert create(held).state == State.QUEUED


def test_a_job_finds_its_target_again(held: Device) -> None:
    target = create(held)
    assert targets.of_job(target.job_id) == target
    assert targets.of_job(target.job_id, factories.device(held.tenant)) is None
    assert targets.of_job(None) is None


def test_a_move_sets_only_columns_it_may(held: Device) -> None:
    with pytest.raises(targets.IllegalMoveError, match="job_id"):
        targets.move(create(held), State.PREFLIGHT, ctx=context(), job_id=new_id())


def test_every_state_is_in_the_table_and_every_other_leads_to_an_end() -> None:
    assert set(targets.MOVES) == set(State)
    ends = {state for state, to in targets.MOVES.items() if not to}
    assert ends == set(TERMINAL)
    for start in State:
        seen, todo = {start}, [start]
        while todo:
            fresh = targets.MOVES[todo.pop()] - seen
            seen |= fresh
            todo += fresh
        assert seen & ends


def test_nothing_that_was_sent_fails_without_the_device_being_asked() -> None:
    for state in (State.SENDING, State.SENT, State.REBOOTING, State.VERIFYING, State.COMMITTED):
        assert not targets.may_move(state, State.FAILED)
        assert targets.may_move(state, State.RECONCILING)


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(source=st.sampled_from(State), to=st.sampled_from(State))
def test_from_any_state_only_the_table_s_moves_are_possible(
    held: Device, source: State, to: State
) -> None:
    Target.system.all().delete()
    target = create(held)
    Target.system.filter(id=target.id).update(state=source)
    target = Target.system.select_related("device").get(id=target.id)
    DeviceLease.objects.all().delete()
    try:
        advance(target, to)
    except targets.IllegalMoveError:
        assert to not in targets.MOVES[source]
        assert Target.system.get(id=target.id).state == source
    else:
        assert to in targets.MOVES[source]
        assert Target.system.get(id=target.id).state == to


class TargetMachine(RuleBasedStateMachine):
    """Any walk of any length: one transition row and one event for each step, none besides."""

    @initialize()
    def begin(self) -> None:
        self.device = factories.device()
        self.target = create(self.device)
        self.moves = 0

    @rule(to=st.sampled_from(State))
    def try_to_move(self, to: State) -> None:
        before = State(self.target.state)
        DeviceLease.objects.filter(device=self.device).delete()
        try:
            advance(self.target, to)
        except targets.IllegalMoveError:
            assert not targets.may_move(before, to)
            return
        assert targets.may_move(before, to)
        self.moves += 1

    @invariant()
    def evidence_matches(self) -> None:
        if hasattr(self, "target"):
            stored = Target.system.get(id=self.target.id)
            assert stored.version == self.moves
            told = Outbox.objects.filter(device_id=self.device.id, type="fleet.target.moved")
            assert told.count() == self.moves
            assert AuditLog.system.filter(device_id=self.device.id).count() == self.moves


@pytest.mark.django_db
class TestTargetMachine(TargetMachine.TestCase):  # type: ignore[valid-type,misc]  # hypothesis makes it
    settings = hypothesis_settings(
        max_examples=15,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
