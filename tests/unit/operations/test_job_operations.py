"""Looking at jobs, waiting for them, stopping them, and doing them once more."""

import threading
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from apps.accounts.models import Tenant
from apps.jobs.models import Job
from apps.jobs.services import job_log
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.operations.core import Again
from apps.operations.models import Approval
from apps.operations.steps import run_job
from tests.support import factories, verbs
from tests.support.verbs import World


@pytest.fixture
def engineer(tenant: Tenant) -> Actor:
    return factories.actor_of("engineer", tenant)


def accepted(world: World, actor: Actor, operation: str = "test.work.run") -> UUID:
    job = world.call(operation, {"text": "go"}, actor).job
    assert job is not None
    return job.id


def failed(world: World, actor: Actor) -> UUID:
    world.then(Failure(Code.DEVICE_REJECTED, "No."))
    job_id = accepted(world, actor)
    run_job(job_id)
    return job_id


def output(world: World, operation: str, data: dict[str, Any], actor: Actor) -> dict[str, Any]:
    found = world.call(operation, data, actor).output
    assert found is not None
    return found


def retry(world: World, job_id: UUID, actor: Actor, key: str = "r", **more: Any) -> Any:
    return world.call("jobs.job.retry", {"job": str(job_id)}, actor, key=key, **more)


def test_job_is_shown_with_the_end_of_its_log(world: World, engineer: Actor) -> None:
    job_id = accepted(world, engineer)
    for number in range(3):
        job_log(Job.system.get(id=job_id), f"line {number}")
    shown = output(world, "jobs.job.get", {"job": str(job_id), "lines": 2}, engineer)
    assert (shown["state"], shown["finished"], shown["input"]) == ("queued", False, {"text": "go"})
    assert [line["message"] for line in shown["lines"]] == ["line 1", "line 2"]


def test_foreign_job_is_not_found(world: World, engineer: Actor) -> None:
    job_id = accepted(world, engineer)
    stranger = factories.actor_of("engineer")
    for operation in ("get", "wait", "cancel"):
        with pytest.raises(Failure) as caught:
            world.call(f"jobs.job.{operation}", {"job": str(job_id)}, stranger)
        assert caught.value.code is Code.NOT_FOUND
    with pytest.raises(Failure) as caught:
        retry(world, job_id, stranger)
    assert caught.value.code is Code.NOT_FOUND
    assert Job.system.get().cancel == ""


def test_waiting_for_a_job_that_is_over_takes_no_time(world: World, engineer: Actor) -> None:
    job_id = accepted(world, engineer)
    run_job(job_id)
    shown = output(world, "jobs.job.wait", {"job": str(job_id)}, engineer)
    assert (shown["finished"], shown["output"]["text"]) == (True, "go")


def test_waiting_ends_with_the_time(world: World, engineer: Actor) -> None:
    data = {"job": str(accepted(world, engineer)), "timeout": 0.01}
    assert not output(world, "jobs.job.wait", data, engineer)["finished"]
    with pytest.raises(Failure) as caught:
        world.call("jobs.job.wait", {**data, "timeout": 26}, engineer)
    assert caught.value.code is Code.INVALID


@pytest.mark.django_db(transaction=True)
def test_waiting_ends_with_the_job(world: World) -> None:
    engineer = factories.actor_of("engineer")
    job_id = accepted(world, engineer)

    def work() -> None:
        try:
            run_job(job_id)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    shown = output(world, "jobs.job.wait", {"job": str(job_id), "timeout": 20}, engineer)
    worker.join()
    assert shown["state"] == "succeeded"


def test_job_that_has_not_started_is_cancelled_at_once(world: World, engineer: Actor) -> None:
    job_id = accepted(world, engineer)
    shown = output(world, "jobs.job.cancel", {"job": str(job_id)}, engineer)
    assert shown["state"] == "cancelled"
    assert not run_job(job_id)
    assert world.done == []
    outcomes = verbs.rows(entry="outcome", operation="test.work.run")
    assert [row.verdict for row in outcomes] == ["conflict"], "the job's own call has its outcome"


def test_soft_wish_becomes_hard_but_not_soft_again(world: World, engineer: Actor) -> None:
    job_id = accepted(world.then(Again(60, {})), engineer)
    run_job(job_id)
    wishes = []
    for hard in (False, True, False):
        data = {"job": str(job_id), "hard": hard}
        wishes.append(output(world, "jobs.job.cancel", data, engineer)["cancel"])
    assert wishes == ["soft", "hard", "hard"]
    assert run_job(job_id), "the wish woke it"


def test_job_that_is_over_cannot_be_cancelled(world: World, engineer: Actor) -> None:
    job_id = accepted(world, engineer)
    run_job(job_id)
    with pytest.raises(Failure) as caught:
        world.call("jobs.job.cancel", {"job": str(job_id)}, engineer)
    assert caught.value.code is Code.CONFLICT


def test_viewer_cancels_and_retries_nothing(world: World, tenant: Tenant, engineer: Actor) -> None:
    viewer = factories.actor_of("viewer", tenant)
    job_id = failed(world, engineer)
    with pytest.raises(Failure) as caught:
        retry(world, job_id, viewer)
    assert caught.value.code is Code.FORBIDDEN
    assert Job.system.count() == 1


def test_retry_is_a_new_job_with_the_same_input(
    world: World, tenant: Tenant, engineer: Actor
) -> None:
    job_id = failed(world, engineer)
    other = factories.actor_of("operator", tenant)
    made = retry(world, job_id, other, reason="once more").output
    new = Job.system.get(id=made["job"])
    assert (new.retry_of_id, new.actor_id, new.reason) == (job_id, other.id, "once more")
    assert made["url"] == f"/api/v1/jobs/{new.id}/"
    run_job(new.id)
    new.refresh_from_db()
    assert new.state == "succeeded"
    assert [data.text for data in world.done] == ["go", "go"]  # type: ignore[attr-defined]  # TextIn
    assert Job.system.get(id=job_id).state == "failed"
    assert retry(world, job_id, other).replayed
    assert Job.system.count() == 2


def test_only_what_went_wrong_is_retried_and_not_twice_at_once(
    world: World, engineer: Actor
) -> None:
    fine = accepted(world, engineer)
    run_job(fine)
    with pytest.raises(Failure) as caught:
        retry(world, fine, engineer)
    assert caught.value.code is Code.CONFLICT
    job_id = failed(world, engineer)
    retry(world, job_id, engineer, key="a")
    with pytest.raises(Failure) as caught:
        retry(world, job_id, engineer, key="b")
    assert "being retried already" in caught.value.detail


def test_retry_of_a_disruptive_job_is_planned_and_confirmed_anew(
    world: World, tenant: Tenant, engineer: Actor
) -> None:
    device = factories.device(tenant)
    data = {"devices": [str(device.id)]}
    asked = world.call("test.unit.flash", data, engineer)
    job = world.call("test.unit.flash", data, engineer, confirmation=asked.confirmation).job
    assert job is not None
    world.then(Failure(Code.DEVICE_REJECTED, "No."))
    run_job(job.id)
    again = retry(world, job.id, engineer)
    assert again.status == "needs_confirmation"
    assert [target.id for target in again.plan.targets] == [device.id]
    assert Job.system.count() == 1
    mild = factories.scoped_actor("engineer", ("fleet:write",), tenant)
    with pytest.raises(Failure) as caught:
        retry(world, job.id, mild)
    assert "fleet:dangerous" in caught.value.detail
    world.refused = {device.id}
    with pytest.raises(Failure) as caught:
        retry(world, job.id, engineer, confirmation=again.confirmation)
    assert caught.value.code is Code.CONFLICT
    world.refused = set()
    done = retry(world, job.id, engineer, confirmation=again.confirmation)
    assert done.status == "ok"
    assert Job.system.get(retry_of=job.id).operation == "test.unit.flash"
    assert Approval.system.count() == 0


def test_retry_by_an_agent_waits_where_the_tenant_wants_it(world: World, db: None) -> None:
    tenant = factories.tenant(agents_need_approval=True)
    engineer, agent = factories.actor_of("engineer", tenant), factories.actor_of("agent", tenant)
    data = {"devices": [str(factories.device(tenant).id)]}
    asked = world.call("test.unit.flash", data, engineer)
    job = world.call("test.unit.flash", data, engineer, confirmation=asked.confirmation).job
    assert job is not None
    world.then(Failure(Code.DEVICE_REJECTED, "No."))
    run_job(job.id)
    plan = retry(world, job.id, agent)
    waits = retry(world, job.id, agent, confirmation=plan.confirmation)
    assert waits.status == "needs_approval"
    assert Job.system.count() == 1
