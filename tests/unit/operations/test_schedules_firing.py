"""Schedules call their operations at their time, once, under the present rights of their owner."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import actor_of
from apps.fleet.models import Device
from apps.jobs import queue
from apps.jobs.models import CatchUp, Job, Overlap, Schedule
from apps.jobs.selectors import due_schedules
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.operations import schedules, tasks
from apps.operations.models import Approval
from apps.operations.steps import run_job
from tests.support import factories, verbs
from tests.support.verbs import World


@pytest.fixture
def engineer(tenant: Tenant) -> Actor:
    return factories.actor_of("engineer", tenant)


def due(owner: Actor, operation: str = "test.note.write", **fields: Any) -> Schedule:
    fields.setdefault("input", {"text": "x"})
    fields.setdefault("next_run_at", clock.now())
    return Schedule.system.create(
        tenant_id=owner.tenant,
        name=f"schedule-{factories.number()}",
        operation=operation,
        cron="*/5 * * * *",
        owner_id=owner.id,
        **fields,
    )


def disruptive(world: World, owner: Actor, *devices: Device) -> Schedule:
    """A saved and confirmed schedule of a reboot, due now."""
    data = {
        "name": f"reboot-{factories.number()}",
        "operation": "test.unit.reboot",
        "input": {"devices": [str(device.id) for device in devices]},
        "cron": "*/5 * * * *",
    }
    asked = world.call("jobs.schedule.create", data, owner, key=data["name"])
    made = world.call(
        "jobs.schedule.create", data, owner, key=data["name"], confirmation=asked.confirmation
    ).output
    assert made is not None
    Schedule.system.filter(id=made["schedule"]).update(next_run_at=clock.now())
    return Schedule.system.get(id=made["schedule"])


def after(row: Schedule) -> tuple[str, str]:
    row.refresh_from_db()
    return row.last_verdict, row.last_detail


def test_due_schedule_runs_once_and_is_planned_again(world: World, engineer: Actor) -> None:
    row = due(engineer)
    assert schedules.fire_due() == 1
    assert schedules.fire_due() == 0
    assert after(row) == ("ok", "Done.")
    assert len(world.done) == 1
    assert row.next_run_at is not None
    assert row.next_run_at > clock.now()
    (intent, _) = verbs.rows()
    assert (intent.actor_kind, intent.actor_label) == ("schedule", f"schedule:{row.name}")
    assert (intent.acts_for, intent.face) == (engineer.id, "schedule")
    (fired,) = verbs.told("jobs.schedule.fired")
    assert fired["verdict"] == "ok"


def test_tick_fires(world: World, engineer: Actor) -> None:
    due(engineer)
    tasks.due()
    assert len(world.done) == 1


def test_not_due_and_not_enabled_are_left_alone(world: World, engineer: Actor) -> None:
    due(engineer, next_run_at=clock.now() + timedelta(minutes=1))
    due(engineer, enabled=False)
    due(engineer, next_run_at=None)
    assert schedules.fire_due() == 0
    assert not schedules.fire(Schedule(next_run_at=None, cron="* * * * *"))
    assert world.done == []


@pytest.mark.parametrize(
    ("days", "catch_up", "fired"),
    [(1, CatchUp.ONCE, 3), (1, CatchUp.SKIP, 0), (-1, CatchUp.ONCE, 0)],
)
def test_a_clock_that_is_set_by_a_day_starts_no_storm(
    world: World, engineer: Actor, days: int, catch_up: CatchUp, fired: int
) -> None:
    with clock.using(ManualClock(clock.now())) as time:
        soon = clock.now() + timedelta(minutes=1)
        rows = [due(engineer, next_run_at=soon, catch_up=catch_up) for _ in range(3)]
        time.set_by(days * 86_400.0)
        assert [schedules.fire_due() for _ in range(3)] == [fired, 0, 0]
        for row in rows:
            row.refresh_from_db()
            assert row.next_run_at is not None
            assert row.next_run_at > clock.now()


def test_failure_is_noted_and_the_next_run_stands(world: World, engineer: Actor) -> None:
    row = due(engineer)
    world.then(Failure(Code.CONFLICT, "In the way."))
    schedules.fire_due()
    assert after(row) == ("conflict", "In the way.")
    assert row.next_run_at is not None


@pytest.mark.parametrize(("policy", "runs"), [(CatchUp.SKIP, 0), (CatchUp.ONCE, 1)])
def test_missed_run_follows_its_policy(
    world: World, engineer: Actor, policy: str, runs: int
) -> None:
    row = due(engineer, catch_up=policy, next_run_at=clock.now() - timedelta(hours=3))
    schedules.fire_due()
    assert len(world.done) == runs
    assert after(row)[0] == ("ok" if runs else "missed")


@pytest.mark.parametrize(("policy", "jobs"), [(Overlap.SKIP, 1), (Overlap.QUEUE, 2)])
def test_run_that_is_not_over_follows_its_policy(
    world: World, engineer: Actor, policy: str, jobs: int
) -> None:
    row = due(engineer, "test.work.run", overlap=policy)
    schedules.fire_due()
    assert after(row)[1] == f"Job {Job.system.get().id}."
    Schedule.system.update(next_run_at=clock.now())
    schedules.fire_due()
    assert Job.system.count() == jobs
    for job in Job.system.all():
        run_job(job.id)
    Schedule.system.update(next_run_at=clock.now())
    schedules.fire_due()
    assert Job.system.count() == jobs + 1


def test_owner_who_may_not_act_stops_the_schedule(world: World, engineer: Actor) -> None:
    row = due(engineer)
    User.objects.filter(id=engineer.id).update(is_active=False)
    schedules.fire_due()
    assert after(row)[0] == "forbidden"
    assert world.done == []


def test_owner_who_lost_the_right_stops_the_operation(world: World, tenant: Tenant) -> None:
    row = due(factories.actor_of("viewer", tenant))
    schedules.fire_due()
    assert after(row)[0] == "forbidden"
    assert world.done == []


def test_schedule_of_an_agent_has_no_more_rights_than_both(world: World, tenant: Tenant) -> None:
    person = factories.user(tenant, "viewer")
    agent = factories.agent(person, "operator")
    row = due(actor_of(agent))
    schedules.fire_due()
    assert after(row)[0] == "forbidden"


def test_job_of_a_schedule_checks_its_owner_again(world: World, engineer: Actor) -> None:
    due(engineer, "test.work.run")
    schedules.fire_due()
    User.objects.filter(id=engineer.id).update(is_active=False)
    job = Job.system.get()
    run_job(job.id)
    job.refresh_from_db()
    assert (job.state, job.failure_code) == ("failed", "forbidden")


def test_confirmed_disruption_runs_without_being_asked(
    world: World, tenant: Tenant, engineer: Actor
) -> None:
    row = disruptive(world, engineer, factories.device(tenant), factories.device(tenant))
    schedules.fire_due()
    assert after(row)[0] == "ok"
    assert len(world.done) == 1


@pytest.mark.parametrize("change", ["new target", "new refusal", "never confirmed"])
def test_plan_that_grew_waits_for_a_second_person(
    world: World, tenant: Tenant, engineer: Actor, change: str
) -> None:
    first, second = factories.device(tenant), factories.device(tenant)
    row = disruptive(world, engineer, first, second)
    if change == "new target":
        third = factories.device(tenant)
        row.input["devices"].append(str(third.id))
        row.save()
    elif change == "new refusal":
        world.refused = {second.id}
    else:
        Schedule.system.update(plan=None)
    schedules.fire_due()
    assert after(row) == ("needs_approval", "Waiting for a second person.")
    assert world.done == []
    approval = Approval.system.get()
    assert (approval.schedule_id, approval.person_id) == (row.id, engineer.id)
    approver = factories.actor_of("approver", tenant)
    world.call("operations.approval.grant", {"approval": str(approval.id)}, approver)
    tasks.resume(str(approval.id))
    assert after(row)[0] == "ok"
    assert len(world.done) == 1


def test_grant_of_a_schedules_request_resumes_it(
    world: World,
    tenant: Tenant,
    engineer: Actor,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    first, second = factories.device(tenant), factories.device(tenant)
    disruptive(world, engineer, first, second)
    world.refused = {second.id}
    schedules.fire_due()
    approval = Approval.system.get()
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(queue, "send", lambda *message, **_: sent.append(message))
    approver = factories.actor_of("approver", tenant)
    with django_capture_on_commit_callbacks(execute=True):
        world.call("operations.approval.grant", {"approval": str(approval.id)}, approver)
    assert ("operations.resume", str(approval.id)) in sent


def test_resuming_tells_what_stands_in_the_way(
    world: World, tenant: Tenant, engineer: Actor
) -> None:
    device = factories.device(tenant)
    row = disruptive(world, engineer, device)
    world.refused = {device.id}
    schedules.resume(Approval(schedule_id=row.id))
    assert after(row)[0] == "conflict"
    User.objects.filter(id=engineer.id).update(is_active=False)
    schedules.resume(Approval(schedule_id=row.id))
    assert after(row)[0] == "forbidden"
    schedules.resume(Approval(schedule_id=new_id()))
    schedules.resume(Approval(schedule_id=None))
    assert world.done == []


@pytest.mark.django_db(transaction=True)
def test_two_beats_fire_once(world: World) -> None:
    due(factories.actor_of("engineer"))
    start = threading.Barrier(4)
    seen: list[datetime | None] = []

    def beat() -> bool:
        try:
            (row,) = due_schedules(clock.now())
            seen.append(row.next_run_at)
            start.wait(10)
            return schedules.fire(row)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        fired = [future.result() for future in [pool.submit(beat) for _ in range(4)]]
    assert sorted(fired) == [False, False, False, True]
    assert len(world.done) == 1
