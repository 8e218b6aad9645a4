"""The state machine of a job: guarded moves, leases, logs, cancelling."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kombu.exceptions import OperationalError

from apps.audit.models import AuditLog
from apps.events.models import Outbox
from apps.jobs import claims, queue, selectors, services
from apps.jobs.models import Job, JobLog, JobState, Schedule
from apps.jobs.services import Ending
from apps.jobs.transitions import FINAL, MOVES, OPEN, IllegalMoveError, move
from apps.kernel import clock
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from tests.support import factories

pytestmark = pytest.mark.django_db
PAIRS = [(source, target) for source in JobState for target in JobState]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_only_moves_of_the_table_are_made(source: JobState, target: JobState) -> None:
    job = factories.job(state=source)
    if target in MOVES.get(source, frozenset()):
        assert move(job.id, source=source, target=target)
        assert not move(job.id, source=source, target=target), "it is there already"
    else:
        with pytest.raises(IllegalMoveError):
            move(job.id, source=source, target=target)
    job.refresh_from_db()
    expected = target if target in MOVES.get(source, frozenset()) else source
    assert job.state == expected


def test_nothing_leaves_a_final_state() -> None:
    assert set(MOVES) == set(OPEN)
    assert not FINAL & OPEN


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(["claim", "wait", "lapse", "end", "cancel", "tick"]), max_size=15))
def test_whatever_happens_a_job_ends_once(steps: list[str]) -> None:
    job = factories.job()
    endings = 0
    with clock.using(ManualClock(clock.now())) as time:
        for step in steps:
            row = Job.system.get(id=job.id)
            endings += act(step, row, time)
            row.refresh_from_db()
            assert (row.finished_at is not None) is (row.state in FINAL)
            assert endings == (row.state in FINAL)
            assert row.lease_until is None or row.state in (
                JobState.RUNNING,
                JobState.RECONCILING,
            )


def act(step: str, row: Job, time: Any) -> int:
    """One step of the random walk; 1 when it ended the job."""
    source = JobState(row.state)
    if step == "claim":
        claims.claim(row.id, "me")
    elif step == "tick":
        time.advance(20)
    elif step == "lapse":
        for lapsed in claims.lapsed():
            if lapsed.id == row.id:
                services.job_lapse(lapsed, target=JobState.RECONCILING)
    elif step == "wait" and source in (JobState.RUNNING, JobState.RECONCILING):
        services.job_wait(row, epoch=row.epoch, source=source, seconds=5, state={})
    elif step == "end" and source in (JobState.RUNNING, JobState.RECONCILING):
        ending = Ending(JobState.SUCCEEDED)
        return int(services.job_end(row, epoch=row.epoch, source=source, ending=ending))
    elif step == "cancel" and row.state in OPEN:
        return int(services.job_cancel(row, hard=True) is JobState.CANCELLED)
    return 0


def test_claim_takes_the_lease_and_a_new_epoch() -> None:
    job = factories.job()
    claim = claims.claim(job.id, "worker-1")
    assert claim is not None
    assert (claim.epoch, claim.job.state, claim.reconciling) == (1, "running", False)
    assert claim.job.lease_owner == "worker-1"
    assert claim.job.started_at is not None
    assert claims.claim(job.id, "worker-2") is None
    assert claims.claim(UUID(int=1), "worker-2") is None


def test_sleeping_job_is_claimed_when_its_time_has_come() -> None:
    with clock.using(ManualClock(clock.now())) as time:
        wake_at = clock.now() + timedelta(seconds=30)
        job = factories.job(state=JobState.WAITING, wake_at=wake_at)
        assert claims.claim(job.id, "me") is None
        assert claims.due() == []
        time.advance(30)
        assert claims.due() == [job.id]
        assert claims.claim(job.id, "me") is not None


def test_lease_is_renewed_until_it_has_run_out() -> None:
    with clock.using(ManualClock(clock.now())) as time:
        job = factories.job()
        claim = claims.claim(job.id, "me")
        assert claim is not None
        time.advance(14)
        assert claims.renew(job.id, claim.epoch)
        assert not claims.renew(job.id, claim.epoch + 1)
        time.advance(14)
        assert claims.lapsed() == []
        time.advance(2)
        assert not claims.renew(job.id, claim.epoch), "too late: somebody may have taken over"
        assert [row.id for row in claims.lapsed()] == [job.id]


def test_lease_can_be_given_back() -> None:
    job = factories.job()
    claim = claims.claim(job.id, "me")
    assert claim is not None
    claims.release(job.id, claim.epoch + 1)
    assert Job.system.get().lease_until is not None
    claims.release(job.id, claim.epoch)
    assert Job.system.get().lease_until is None


STALE: dict[str, Callable[[Job], bool]] = {
    "progress": lambda job: services.job_progress(job, epoch=0, done=1, total=2, sentence="x"),
    "wait": lambda job: services.job_wait(
        job, epoch=0, source=JobState.RUNNING, seconds=1, state={}
    ),
    "rest": lambda job: services.job_rest(job, epoch=0, seconds=1),
    "end": lambda job: services.job_end(
        job, epoch=0, source=JobState.RUNNING, ending=Ending(JobState.FAILED)
    ),
}


@pytest.mark.parametrize("write", STALE.values(), ids=STALE)
def test_write_of_an_old_epoch_changes_nothing(write: Callable[[Job], bool]) -> None:
    job = factories.job(state=JobState.RUNNING, epoch=1)
    before = Job.system.filter(id=job.id).values().get()
    assert not write(job)
    assert Job.system.filter(id=job.id).values().get() == before
    assert Outbox.objects.count() == 0


def test_lapse_of_a_job_that_moved_is_nothing() -> None:
    job = factories.job(state=JobState.RUNNING, lease_until=clock.now(), epoch=1)
    Job.system.update(epoch=2)
    assert not services.job_lapse(job, target=JobState.QUEUED)
    assert JobLog.objects.count() == 0
    assert Job.system.get().deaths == 0


def test_wish_to_stop_is_written_once() -> None:
    job = factories.job(state=JobState.RUNNING)
    assert services.job_stop(job)
    assert not services.job_stop(job)
    assert Job.system.get().cancel == "hard"


def test_job_that_is_over_is_not_cancelled() -> None:
    job = factories.job(state=JobState.FAILED)
    with pytest.raises(Failure) as caught:
        services.job_cancel(job, hard=True)
    assert caught.value.code is Code.CONFLICT
    assert Job.system.get().cancel == ""


def test_reads_are_scoped_and_sound_alike() -> None:
    actor = factories.actor_of("viewer")
    mine, foreign = factories.job(actor), factories.job()
    assert selectors.job_get(actor, mine.id) == mine
    for number in (foreign.id, UUID(int=1)):
        with pytest.raises(Failure) as caught:
            selectors.job_get(actor, number)
        assert caught.value.code is Code.NOT_FOUND
        with pytest.raises(Failure):
            selectors.schedule_get(actor, number)
    assert str(mine) == f"system.ping {mine.id}"


def test_log_is_read_from_a_line_on() -> None:
    job = factories.job()
    for number in range(4):
        services.job_log(job, f"line {number}")
    lines = selectors.log_lines(job)
    assert [str(line) for line in lines] == [f"line {number}" for number in range(4)]
    assert [line.message for line in selectors.log_lines(job, after=lines[1].id, limit=1)] == [
        "line 2"
    ]
    assert [line.message for line in selectors.log_lines(job, last=1)] == ["line 3"]


def test_job_of_a_schedule_counts_as_open_until_it_is_over() -> None:
    actor = factories.actor_of("engineer")
    row = Schedule(tenant_id=actor.tenant, name="n", cron="* * * * *", owner_id=actor.id)
    services.schedule_save(row)
    assert selectors.open_job_of_schedule(row) is None
    job = factories.job(actor)
    services.schedule_note(row.id, verdict="accepted", job_id=job.id)
    row.refresh_from_db()
    assert selectors.open_job_of_schedule(row) == job
    Job.system.update(finished_at=clock.now())
    assert selectors.open_job_of_schedule(row) is None
    assert str(row) == "n"


def test_broker_that_is_away_loses_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def send_task(self, *_: object, **__: object) -> None:
            raise OperationalError("refused")

    monkeypatch.setattr(queue, "current_app", Away())
    assert not queue.send("operations.due", queue="ticks")


def test_message_says_which_row_and_no_more(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[tuple[str, dict[str, Any]]] = []

    class App:
        def send_task(self, name: str, **message: Any) -> None:
            sent.append((name, message))

    monkeypatch.setattr(queue, "current_app", App())
    job = factories.job()
    with django_capture_on_commit_callbacks() as callbacks:
        queue.wake(job.id)
        assert sent == [], "not before the commit"
    for callback in callbacks:
        callback()
    ((name, message),) = sent
    assert (name, message["args"], message["queue"]) == (queue.RUN_JOB, (str(job.id),), "jobs")


def trail(job: Job) -> list[tuple[str, str]]:
    rows = AuditLog.system.filter(entry="transition", job_id=job.id).order_by("id")
    return [(row.before["state"], row.after["state"]) for row in rows]


def told(job: Job) -> list[str]:
    rows = Outbox.objects.filter(type="jobs.job.changed", payload__job_id=str(job.id))
    return [row.payload["state"] for row in rows.order_by("id")]


def test_the_start_and_a_death_are_written_down_and_told_in_whose_name_it_runs() -> None:
    by = factories.actor_of("engineer")
    job = factories.job(by)
    with clock.using(ManualClock(clock.now())) as time:
        assert claims.claim(job.id, "worker-1")
        time.advance(20)
        (lapsed,) = claims.lapsed()
        assert services.job_lapse(lapsed, target=JobState.RECONCILING)
        assert not services.job_lapse(lapsed, target=JobState.RECONCILING)
    assert trail(job) == [("queued", "running"), ("running", "reconciling")]
    assert told(job) == ["running", "reconciling"]
    start, death = AuditLog.system.filter(entry="transition", job_id=job.id).order_by("id")
    assert (start.actor_label, start.object_kind, start.object_id) == (by.label, "job", job.id)
    assert (start.call_id, start.tenant_id, start.face) == (job.call_id, job.tenant_id, job.face)
    assert "stopped answering" in death.detail
    assert (start.after["deaths"], death.after["deaths"]) == (0, 1)


def test_waiting_is_told_and_not_written_down_but_the_end_of_a_doubt_is() -> None:
    job = factories.job()
    claim = claims.claim(job.id, "worker-1")
    assert claim is not None
    row = claim.job
    assert services.job_wait(row, epoch=1, source=JobState.RUNNING, seconds=0, state={})
    again = claims.claim(job.id, "worker-1")
    assert again is not None
    assert trail(job) == [("queued", "running")]
    assert told(job) == ["running", "waiting"]
    Job.system.filter(id=job.id).update(state=JobState.RECONCILING)
    row.refresh_from_db()
    assert services.job_wait(row, epoch=2, source=JobState.RECONCILING, seconds=0, state={})
    assert trail(job)[1:] == [("reconciling", "waiting")]


def test_a_claim_that_is_lost_leaves_nothing_behind() -> None:
    job = factories.job()
    assert claims.claim(job.id, "worker-1")
    assert claims.claim(job.id, "worker-2") is None
    assert trail(job) == [("queued", "running")]
    row = Job.system.get(id=job.id)
    assert row.started_at is not None
    assert (row.steps, row.lease_owner) == (1, "worker-1")
