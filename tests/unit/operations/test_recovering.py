"""Workers die; their jobs do not."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.models import BearerToken, Tenant
from apps.accounts.services import token_issue
from apps.jobs import claims, queue
from apps.jobs.models import Job, JobLog
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.ids import new_id
from apps.operations import tasks
from apps.operations.models import Approval
from apps.operations.steps import run_job
from tests.support import factories, verbs
from tests.support.verbs import World


@pytest.fixture
def engineer(tenant: Tenant) -> Actor:
    return factories.actor_of("engineer", tenant)


def abandoned(world: World, actor: Actor, operation: str) -> UUID:
    """A job whose worker died in the middle of its first step."""
    job = world.call(operation, {"text": "x"}, actor).job
    assert job is not None
    die(job.id)
    return job.id


def die(job_id: UUID) -> None:
    assert claims.claim(job_id, "doomed")
    Job.system.filter(id=job_id).update(lease_until=clock.now() - timedelta(seconds=1))


def standing(job_id: UUID) -> Job:
    return Job.system.get(id=job_id)


@pytest.mark.parametrize("state", ["running", "reconciling"])
@pytest.mark.parametrize("seconds", [-1, 10])
def test_job_under_a_lease_cannot_be_claimed(
    world: World, engineer: Actor, state: str, seconds: int
) -> None:
    job_id = abandoned(world, engineer, "test.work.drive")
    lease_until = clock.now() + timedelta(seconds=seconds)
    Job.system.filter(id=job_id).update(state=state, lease_until=lease_until)
    assert claims.claim(job_id, "another") is None
    assert claims.due() == []
    assert [job.id for job in claims.lapsed()] == ([job_id] if seconds < 0 else [])


def test_harmless_work_is_queued_again(world: World, engineer: Actor) -> None:
    job_id = abandoned(world, engineer, "test.work.run")
    tasks.recover()
    assert (standing(job_id).state, standing(job_id).deaths) == ("queued", 1)
    assert "stopped answering" in JobLog.objects.get().message
    run_job(job_id)
    assert standing(job_id).state == "succeeded"


def test_device_is_asked_first(world: World, engineer: Actor) -> None:
    job_id = abandoned(world, engineer, "test.work.drive")
    tasks.recover()
    assert standing(job_id).state == "reconciling"
    assert job_id in claims.due()
    run_job(job_id)
    assert world.contexts[0].reconciling
    assert standing(job_id).state == "succeeded"


def test_work_that_nobody_can_be_asked_about_waits_for_a_person(
    world: World, engineer: Actor
) -> None:
    job_id = abandoned(world, engineer, "test.work.once")
    tasks.recover()
    run_job(job_id)
    job = standing(job_id)
    assert (job.state, job.failure_code) == ("needs_human", "indeterminate")
    assert world.done == []
    assert verbs.entries()[-1] == ("outcome", "indeterminate")


@pytest.mark.parametrize("operation", ["test.work.run", "test.work.drive"])
def test_three_deaths_put_a_job_aside(world: World, engineer: Actor, operation: str) -> None:
    job_id = abandoned(world, engineer, operation)
    for _ in range(2):
        tasks.recover()
        assert standing(job_id).finished_at is None
        die(job_id)
    tasks.recover()
    job = standing(job_id)
    assert (job.state, job.failure_code) == ("needs_human", "indeterminate")
    assert "3 workers died" in job.failure_detail
    entries = [entry for entry, _ in verbs.entries()]
    assert (entries[0], entries[-1], entries.count("outcome")) == ("intent", "outcome", 1)
    assert world.done == []
    tasks.recover()
    assert [entry for entry, _ in verbs.entries()] == entries


def test_harmless_work_met_while_reconciling_goes_on(world: World, engineer: Actor) -> None:
    job_id = abandoned(world, engineer, "test.work.run")
    Job.system.filter(id=job_id).update(state="reconciling", lease_until=None)
    run_job(job_id)
    assert standing(job_id).state == "waiting"
    run_job(job_id)
    assert standing(job_id).state == "succeeded"


def test_tick_wakes_what_is_due(
    world: World, engineer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(queue, "send", lambda *message, **_: sent.append(message))
    job = world.call("test.work.run", {}, engineer).job
    assert job is not None
    tasks.due()
    assert sent == [], "its own message is on the way"
    Job.system.update(created_at=clock.now() - timedelta(seconds=3))
    tasks.due()
    assert sent == [(queue.RUN_JOB, str(job.id))]
    tasks.run_job(str(job.id))
    assert standing(job.id).state == "succeeded"


def test_what_is_past_its_end_goes(tenant: Tenant) -> None:
    issued = factories.issued_key(factories.user(tenant))
    token_issue(key_id=issued.key.id, seconds=60)
    tasks.expire()
    assert BearerToken.objects.count() == 1
    BearerToken.objects.update(expires_at=clock.now())
    tasks.expire()
    assert BearerToken.objects.count() == 0


def test_resuming_an_unknown_request_does_nothing(world: World, db: None) -> None:
    tasks.resume(str(new_id()))
    assert Approval.system.count() == 0
    assert world.done == []
