"""A job is run in steps: each claims it, checks its actor again, and stores what came."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection

from apps.accounts import services
from apps.accounts.models import Grant, Tenant, User
from apps.accounts.selectors import actor_of
from apps.jobs import claims
from apps.jobs.models import Job, JobLog, JobState
from apps.kernel import clock
from apps.kernel.actor import Actor, system_actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure, NeedsHuman
from apps.operations import heartbeat, steps
from apps.operations.context import Context
from apps.operations.core import Again
from apps.operations.endings import put_aside
from apps.operations.steps import MOST_RETRIES, run_job
from tests.support import factories, verbs
from tests.support.verbs import World

#: The evidence of a job that nothing went wrong with: asked for, started, done.
WHOLE = ["intent", "transition", "outcome"]


@pytest.fixture
def engineer(tenant: Tenant) -> Actor:
    return factories.actor_of("engineer", tenant)


def accepted(world: World, actor: Actor, operation: str = "test.work.run", **data: Any) -> UUID:
    job = world.call(operation, data or {"text": "go"}, actor).job
    assert job is not None
    return job.id


def run(job_id: UUID) -> Job:
    """One step, and how the job stands after it."""
    assert run_job(job_id)
    return Job.system.get(id=job_id)


def awake(job_id: UUID) -> None:
    Job.system.filter(id=job_id).update(wake_at=clock.now())


def log(job_id: UUID) -> str:
    return " ".join(JobLog.objects.filter(job_id=job_id).values_list("message", flat=True))


def test_one_step_job_succeeds_with_evidence(world: World, engineer: Actor) -> None:
    job = run(accepted(world, engineer))
    assert (job.state, job.output) == ("succeeded", {"text": "go", "before": "old", "after": "go"})
    assert job.finished_at is not None
    assert job.lease_until is None
    intent, start, done = verbs.rows()
    assert (start.verdict, start.object_id, start.actor_id) == ("running", job.id, engineer.id)
    assert (done.verdict, done.intent_id, done.job_id) == ("ok", intent.id, job.id)
    assert done.actor_id == engineer.id
    assert [told["state"] for told in verbs.told("jobs.job.changed")] == [
        "queued",
        "running",
        "succeeded",
    ]
    assert not run_job(job.id), "it is over"


def test_handler_gets_its_state_back_and_sleeps_meanwhile(world: World, engineer: Actor) -> None:
    world.then(Again(30, {"page": 2}))
    job = run(accepted(world, engineer))
    assert (job.state, job.step_state, job.lease_until) == ("waiting", {"page": 2}, None)
    assert not run_job(job.id), "it sleeps"
    awake(job.id)
    assert run(job.id).state == "succeeded"
    assert [ctx.state for ctx in world.contexts] == [None, {"page": 2}]
    assert [ctx.epoch for ctx in world.contexts] == [1, 2]
    assert [entry for entry, _ in verbs.entries()] == WHOLE, "finished once"


def test_progress_and_lines_are_told(world: World, engineer: Actor) -> None:
    def work(ctx: Context) -> None:
        ctx.progress(1, 3, "One of three.")
        ctx.line("Looked at it.", "debug")

    job = run(accepted(world.then(work), engineer))
    assert (job.done, job.total, job.sentence) == (1, 3, "One of three.")
    assert verbs.told("jobs.log.written")[0]["message"] == "Looked at it."


def test_part_of_the_work_is_told_as_a_part(world: World, engineer: Actor) -> None:
    def half(ctx: Context) -> None:
        ctx.partial = True

    assert run(accepted(world.then(half), engineer)).state == "partial"
    assert verbs.entries()[-1] == ("outcome", "partial")


def test_final_failure_ends_the_job(world: World, engineer: Actor) -> None:
    world.then(Failure(Code.DEVICE_REJECTED, "It says no."))
    job = run(accepted(world, engineer))
    assert (job.state, job.failure_code) == ("failed", "device_rejected")
    assert job.failure_detail == "It says no."
    assert verbs.entries()[-1] == ("outcome", "device_rejected")


def test_what_a_machine_must_not_decide_waits_for_a_person(world: World, engineer: Actor) -> None:
    job = run(accepted(world.then(NeedsHuman("Another version is on it.")), engineer))
    assert (job.state, job.failure_detail) == ("needs_human", "Another version is on it.")


def test_retryable_failure_is_tried_again_ever_later(world: World, engineer: Actor) -> None:
    away = Failure(Code.UNREACHABLE, "Away.")
    world.then(*[away] * (MOST_RETRIES + 1))
    job_id = accepted(world, engineer)
    delays = []
    with clock.using(ManualClock(clock.now())):
        for _ in range(MOST_RETRIES):
            awake(job_id)
            job = run(job_id)
            assert job.state == "waiting"
            assert job.wake_at is not None
            delays.append((job.wake_at - clock.now()).total_seconds())
        awake(job_id)
        assert run(job_id).state == "failed"
    assert delays == [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]
    assert len(world.done) == MOST_RETRIES + 1


def test_failure_says_itself_when_to_come_again(world: World, engineer: Actor) -> None:
    world.then(Failure(Code.BREAKER_OPEN, "Open.", retry_after=42))
    with clock.using(ManualClock(clock.now())):
        job = run(accepted(world, engineer))
        assert job.wake_at == clock.now() + timedelta(seconds=42)


def test_tries_start_anew_after_a_step_that_went_well(world: World, engineer: Actor) -> None:
    world.then(Failure(Code.BUSY, "Later."), Again(0, {}))
    job_id = accepted(world, engineer)
    assert run(job_id).retries == 1
    awake(job_id)
    assert run(job_id).retries == 0


def test_work_that_must_not_be_repeated_is_not(world: World, engineer: Actor) -> None:
    world.then(Failure(Code.UNREACHABLE, "Away."))
    assert run(accepted(world, engineer, "test.work.once")).state == "failed"
    assert len(world.done) == 1


@pytest.mark.parametrize("change", ["suspended", "key revoked", "grant gone"])
def test_actor_without_its_right_is_stopped_at_the_next_step(
    world: World, tenant: Tenant, change: str
) -> None:
    account = factories.user(tenant, "engineer")
    key = factories.issued_key(account).key
    job_id = accepted(world, actor_of(account, key=key))
    if change == "suspended":
        User.objects.filter(id=account.id).update(is_active=False)
    elif change == "key revoked":
        services.key_revoke(key)
    else:
        Grant.system.filter(user=account).delete()
    job = run(job_id)
    assert (job.state, job.failure_code) == ("failed", "forbidden")
    assert world.done == []
    assert verbs.entries()[-1] == ("outcome", "forbidden")


def test_target_out_of_reach_ends_the_job(world: World, tenant: Tenant, engineer: Actor) -> None:
    device = factories.device(tenant)
    data = {"devices": [str(device.id)]}
    asked = world.call("test.unit.flash", data, engineer)
    done = world.call("test.unit.flash", data, engineer, confirmation=asked.confirmation)
    assert done.job is not None
    Grant.system.filter(user_id=engineer.id).update(site_path="/elsewhere/")
    job = run(done.job.id)
    assert (job.state, job.failure_code) == ("failed", "not_found")
    assert world.done == []


def test_device_work_goes_on_to_a_safe_point_without_its_actor(
    world: World, engineer: Actor
) -> None:
    stops = Failure(Code.CONFLICT, "Stopped before the next device.")
    world.then(Again(0, {"at": 1}), stops)
    job_id = accepted(world, engineer, "test.work.drive")
    run(job_id)
    User.objects.filter(id=engineer.id).update(is_active=False)
    job = run(job_id)
    assert world.contexts[1].cancelled() == "hard"
    assert world.contexts[1].actor.label == "system:jobs"
    assert job.state == "cancelled"
    assert "stopping" in log(job_id)


def test_wish_to_stop_ends_work_between_two_steps(world: World, engineer: Actor) -> None:
    world.then(Again(0, {}))
    job_id = accepted(world, engineer)
    run(job_id)
    world.call("jobs.job.cancel", {"job": str(job_id)}, engineer)
    assert run(job_id).state == "cancelled"
    assert len(world.done) == 1


def test_wish_that_comes_during_the_step_is_heard(world: World, engineer: Actor) -> None:
    def cancelled_meanwhile(ctx: Context) -> None:
        Job.system.filter(call_id=ctx.call.id).update(cancel="hard")
        assert ctx.cancelled() == "hard"
        raise Failure(Code.CONFLICT, "Stopped at a safe point.")

    assert run(accepted(world.then(cancelled_meanwhile), engineer)).state == "cancelled"


def test_lost_answer_of_a_device_is_asked_for_until_it_comes(world: World, engineer: Actor) -> None:
    lost = Failure(Code.INDETERMINATE, "The line broke.")
    world.then(lost, lost, Failure(Code.UNREACHABLE, "Away."))
    job_id = accepted(world, engineer, "test.work.drive")
    for _ in range(3):
        assert run(job_id).state == "reconciling"
        awake(job_id)
    assert run(job_id).state == "succeeded"
    assert [ctx.reconciling for ctx in world.contexts] == [False, True, True, True]
    assert "The line broke." in log(job_id)


def test_reconciling_step_may_go_on_with_the_work(world: World, engineer: Actor) -> None:
    world.then(Failure(Code.INDETERMINATE, "Lost."), Again(0, {"sent": True}))
    job_id = accepted(world, engineer, "test.work.drive")
    run(job_id)
    assert run(job_id).state == "waiting"
    assert run(job_id).state == "succeeded"
    assert [ctx.reconciling for ctx in world.contexts] == [False, True, False]


def test_mistake_in_device_work_asks_the_device_and_ends_at_last(
    world: World, engineer: Actor
) -> None:
    world.then(*[ValueError("a mistake")] * (MOST_RETRIES + 1))
    job_id = accepted(world, engineer, "test.work.drive")
    for _ in range(MOST_RETRIES):
        assert run(job_id).state == "reconciling"
        awake(job_id)
    assert run(job_id).state == "failed"


def test_lost_answer_without_a_device_is_a_failure(world: World, engineer: Actor) -> None:
    world.then(Failure(Code.INDETERMINATE, "Lost."))
    assert run(accepted(world, engineer)).state == "failed"


def test_worker_that_lost_its_lease_writes_nothing(world: World, engineer: Actor) -> None:
    def overtaken(ctx: Context) -> None:
        Job.system.filter(call_id=ctx.call.id).update(epoch=99)

    world.then(overtaken)
    job_id = accepted(world, engineer)
    job = run(job_id)
    assert (job.state, job.output, job.epoch) == ("running", None, 99)
    assert [entry for entry, _ in verbs.entries()] == WHOLE[:-1]


@pytest.mark.parametrize(
    "result", [Again(1, {}), Failure(Code.BUSY, "Later."), Failure(Code.CONFLICT, "No.")]
)
def test_overtaken_worker_cannot_move_the_job(
    world: World, engineer: Actor, result: object
) -> None:
    def overtaken(ctx: Context) -> object:
        Job.system.filter(call_id=ctx.call.id).update(epoch=99)
        return result

    job = run(accepted(world.then(overtaken), engineer))
    assert (job.state, job.retries) == ("running", 0)
    assert JobLog.objects.count() == 0


def test_progress_of_an_overtaken_worker_stops_it(world: World, engineer: Actor) -> None:
    reached = []

    def overtaken(ctx: Context) -> None:
        Job.system.filter(call_id=ctx.call.id).update(epoch=99)
        ctx.progress(1, 2, "half")
        reached.append(True)

    assert run(accepted(world.then(overtaken), engineer)).done == 0
    assert reached == []


@pytest.mark.django_db(transaction=True)
def test_lease_is_renewed_while_the_step_runs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "RENEW_SECONDS", 0.01)
    first: list[Any] = []

    def long(ctx: Context) -> None:
        first.append(lease_of(ctx))
        verbs.until(lambda: lease_of(ctx) > first[0])

    def lease_of(ctx: Context) -> Any:
        return Job.system.get(call_id=ctx.call.id).lease_until

    assert run(accepted(world.then(long), factories.actor_of("engineer"))).state == "succeeded"


def test_lost_lease_ends_the_heartbeat(world: World, engineer: Actor) -> None:
    job_id = accepted(world, engineer)
    claim = claims.claim(job_id, "me")
    assert claim is not None
    assert heartbeat.still_held(claim)
    Job.system.filter(id=job_id).update(epoch=99)
    assert not heartbeat.still_held(claim)


def test_database_away_for_a_moment_costs_no_lease(
    world: World, engineer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = claims.claim(accepted(world, engineer), "me")
    assert claim is not None

    def away(*_: object) -> bool:
        raise DatabaseError("gone")

    monkeypatch.setattr(claims, "renew", away)
    monkeypatch.setattr(connection, "close", lambda: None)
    assert heartbeat.still_held(claim)


def test_put_aside_only_what_nobody_moved(world: World, engineer: Actor) -> None:
    job = run(accepted(world, engineer))
    stale = Job(id=job.id, epoch=0, state=JobState.RUNNING, tenant_id=job.tenant_id)
    assert not put_aside(stale, "Too many deaths.")
    assert Job.system.get(id=job.id).state == "succeeded"


def test_step_of_nothing_is_nothing(db: None) -> None:
    assert not steps.run_job(UUID(int=1))


def test_work_of_the_plane_itself_needs_no_account(world: World, tenant: Tenant) -> None:
    system = system_actor("seeding", tenant_id=tenant.id)
    assert run(accepted(world, system)).state == "succeeded"
    assert world.contexts[0].actor.label == "system:seeding"


def test_schedule_job_without_an_owner_is_stopped(world: World, engineer: Actor) -> None:
    job_id = accepted(world, engineer)
    Job.system.filter(id=job_id).update(actor_kind="schedule", acts_for=None)
    assert run(job_id).failure_code == "forbidden"


def test_device_that_is_gone_ends_its_job(world: World, tenant: Tenant, engineer: Actor) -> None:
    device = factories.device(tenant)
    data = {"devices": [str(device.id)]}
    asked = world.call("test.unit.flash", data, engineer)
    done = world.call("test.unit.flash", data, engineer, confirmation=asked.confirmation)
    assert done.job is not None
    world.then(Again(0, {}))
    run(done.job.id)
    device.delete()
    job = run(done.job.id)
    assert (job.state, job.failure_code) == ("failed", "not_found")
    assert len(world.done) == 1
