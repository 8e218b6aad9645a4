"""Saving schedules: checked, planned and confirmed when they are saved, not when they fire."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.jobs.models import Schedule
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.operations.builtin.schedules.saving import common_path
from apps.operations.core import Face
from apps.operations.outcome import Outcome
from tests.support import factories, verbs
from tests.support.verbs import World

NIGHTLY = {"name": "nightly", "cron": "30 2 * * *", "time_zone": "Europe/Berlin"}


@pytest.fixture
def engineer(tenant: Tenant) -> Actor:
    return factories.actor_of("engineer", tenant)


def create(world: World, actor: Actor, **more: Any) -> Outcome:
    fields = {k: more.pop(k) for k in ("confirmation", "key", "dry_run") if k in more}
    fields.setdefault("key", "k")
    data = {**NIGHTLY, "operation": "test.note.write", "input": {"text": "x"}, **more}
    return world.call("jobs.schedule.create", data, actor, **fields)


def refused(world: World, actor: Actor, **more: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        create(world, actor, **more)
    assert Schedule.system.count() == 0
    return caught.value


def change(world: World, verb: str, actor: Actor, **more: Any) -> Outcome:
    row = Schedule.system.get()
    return world.call(f"jobs.schedule.{verb}", {"schedule": str(row.id), **more}, actor)


def test_schedule_is_saved_in_the_name_of_its_maker(world: World, engineer: Actor) -> None:
    made = create(world, engineer).output
    assert made is not None
    assert made["next_run_at"] is not None
    row = Schedule.system.get()
    assert (row.owner_id, row.operation, row.input) == (
        engineer.id,
        "test.note.write",
        {"text": "x"},
    )
    assert (row.site_path, row.device_id, row.plan) == ("/", None, None)
    assert world.done == [], "saving runs nothing"


def test_alias_is_stored_as_the_name(world: World, engineer: Actor) -> None:
    create(world, engineer, operation="write_note")
    assert Schedule.system.get().operation == "test.note.write"


def test_input_is_checked_by_the_operation_it_is_for(world: World, engineer: Actor) -> None:
    failure = refused(world, engineer, input={"txet": "x"})
    assert failure.code is Code.INVALID
    assert [error.path for error in failure.errors] == ["input.txet"]
    assert failure.detail.startswith("input.txet")


@pytest.mark.parametrize(
    ("more", "code", "word"),
    [
        ({"operation": "test.note.none"}, Code.NOT_FOUND, "operation"),
        ({"operation": "test.note.private"}, Code.NOT_FOUND, "operation"),
        ({"cron": "every day"}, Code.INVALID, "cron"),
        ({"cron": "0 0 31 4 *"}, Code.INVALID, "cron"),
        ({"time_zone": "Europe/Berlni"}, Code.INVALID, "Europe/Berlin"),
        ({"overlap": "twice"}, Code.INVALID, "overlap"),
        ({"jitter_seconds": -1}, Code.INVALID, "jitter_seconds"),
        (
            {"operation": "test.secret.set", "input": {"password": "hunter2"}},
            Code.INVALID,
            "secret",
        ),
    ],
)
def test_wrong_schedule_is_explained(
    world: World, engineer: Actor, more: dict[str, Any], code: Code, word: str
) -> None:
    failure = refused(world, engineer, **more)
    assert failure.code is code
    assert word in failure.detail
    assert "hunter2" not in str([vars(row) for row in verbs.rows()])


def test_right_to_schedule_is_no_right_to_the_operation(world: World, tenant: Tenant) -> None:
    planner = factories.scoped_actor("engineer", ("jobs.configure",), tenant)
    failure = refused(world, planner)
    assert failure.code is Code.FORBIDDEN
    assert "fleet.operate" in failure.detail
    operator = factories.actor_of("operator", tenant)
    assert "jobs.configure" in refused(world, operator).detail


def test_device_out_of_reach_cannot_be_scheduled(world: World, engineer: Actor) -> None:
    foreign = factories.device()
    failure = refused(
        world, engineer, operation="test.unit.tag", input={"devices": [str(foreign.id)]}
    )
    assert failure.code is Code.NOT_FOUND


def test_disruptive_schedule_is_confirmed_with_the_plan_of_what_it_runs(
    world: World, tenant: Tenant, engineer: Actor
) -> None:
    device = factories.device(tenant, site_path="/plant/hall-a/")
    what: dict[str, Any] = {
        "operation": "test.unit.reboot",
        "input": {"devices": [str(device.id)], "text": "x"},
    }
    asked = create(world, engineer, **what)
    assert asked.status == "needs_confirmation"
    assert asked.plan is not None
    assert [target.id for target in asked.plan.targets] == [device.id]
    assert "without being asked again" in asked.plan.risks[-1]
    assert Schedule.system.count() == 0
    made = create(world, engineer, **what, confirmation=asked.confirmation)
    assert made.status == "ok"
    row = Schedule.system.get()
    assert row.plan is not None
    assert row.plan["hash"] == asked.plan.hash
    assert (row.site_path, row.device_id) == ("/plant/hall-a/", device.id)


def test_disruptive_schedule_needs_the_dangerous_scope(world: World, tenant: Tenant) -> None:
    mild = factories.scoped_actor("engineer", ("fleet:write",), tenant)
    data = {"devices": [str(factories.device(tenant).id)]}
    failure = refused(world, mild, operation="test.unit.reboot", input=data)
    assert "fleet:dangerous" in failure.detail


def test_destructive_schedule_needs_a_second_person(
    world: World, tenant: Tenant, engineer: Actor
) -> None:
    what: dict[str, Any] = {
        "operation": "test.unit.wipe",
        "input": {"devices": [str(factories.device(tenant).id)]},
    }
    asked = create(world, engineer, **what)
    waits = create(world, engineer, **what, confirmation=asked.confirmation)
    assert waits.status == "needs_approval"
    assert Schedule.system.count() == 0


def test_dry_run_shows_what_a_run_would_do(world: World, engineer: Actor) -> None:
    planned = create(world, engineer, dry_run=True)
    assert planned.status == "planned"
    assert planned.plan is not None
    assert "first at" in planned.plan.risks[0]
    assert Schedule.system.count() == 0


def test_name_is_taken_once_in_a_tenant(world: World, engineer: Actor) -> None:
    create(world, engineer)
    with pytest.raises(Failure) as caught:
        create(world, engineer, key="other")
    assert caught.value.code is Code.CONFLICT
    stranger = factories.actor_of("engineer")
    create(world, stranger)
    assert Schedule.system.count() == 2


def test_schedule_that_is_not_enabled_has_no_next_run(world: World, engineer: Actor) -> None:
    create(world, engineer, enabled=False)
    assert Schedule.system.get().next_run_at is None


def test_update_changes_what_is_named_and_the_owner(
    world: World, tenant: Tenant, engineer: Actor
) -> None:
    create(world, engineer)
    other = factories.actor_of("engineer", tenant)
    before = Schedule.system.get()
    change(world, "update", other, cron="0 5 * * *", input={"text": "y"})
    row = Schedule.system.get()
    assert (row.cron, row.input, row.name) == ("0 5 * * *", {"text": "y"}, "nightly")
    assert row.owner_id == other.id
    assert row.next_run_at != before.next_run_at
    outcome = verbs.rows(entry="outcome")[-1]
    assert ((outcome.before or {})["cron"], (outcome.after or {})["cron"]) == (
        "30 2 * * *",
        "0 5 * * *",
    )


def test_update_of_a_disruptive_schedule_is_confirmed_again(
    world: World, tenant: Tenant, engineer: Actor
) -> None:
    first, second = factories.device(tenant), factories.device(tenant)
    what: dict[str, Any] = {
        "operation": "test.unit.reboot",
        "input": {"devices": [str(first.id)]},
    }
    asked = create(world, engineer, **what)
    create(world, engineer, **what, confirmation=asked.confirmation)
    wider = {"devices": [str(first.id), str(second.id)]}
    planned = change(world, "update", engineer, input=wider)
    assert planned.status == "needs_confirmation"
    row = Schedule.system.get()
    assert row.input["devices"] == [str(first.id)]
    data = {"schedule": str(row.id), "input": wider}
    world.call("jobs.schedule.update", data, engineer, confirmation=planned.confirmation)
    row.refresh_from_db()
    assert row.plan is not None
    assert len(row.plan["targets"]) == 2
    assert row.device_id is None


def test_schedule_is_paused_resumed_and_deleted(world: World, engineer: Actor) -> None:
    create(world, engineer)
    change(world, "pause", engineer)
    row = Schedule.system.get()
    assert (row.enabled, row.next_run_at) == (False, None)
    change(world, "resume", engineer)
    row.refresh_from_db()
    assert row.enabled
    assert row.next_run_at is not None
    change(world, "delete", engineer)
    assert Schedule.system.count() == 0
    assert (verbs.rows(entry="outcome")[-1].before or {})["name"] == "nightly"


@pytest.mark.parametrize("verb", ["update", "pause", "resume", "delete"])
def test_schedule_of_others_is_not_found(
    world: World, tenant: Tenant, engineer: Actor, verb: str
) -> None:
    create(world, engineer)
    stranger = factories.actor_of("engineer")
    with pytest.raises(Failure) as caught:
        change(world, verb, stranger)
    assert caught.value.code is Code.NOT_FOUND
    assert Schedule.system.get().enabled


@pytest.mark.parametrize("face", [Face.REST, Face.MCP])
def test_preview_tells_the_next_runs(world: World, engineer: Actor, face: Face) -> None:
    data = {"cron": "0 6 * * 1", "time_zone": "Europe/Berlin"}
    output = world.call("jobs.schedule.preview", data, engineer, face=face).output
    assert output is not None
    assert len(output["runs"]) == 5
    assert output["runs"] == sorted(output["runs"])


@pytest.mark.parametrize(
    ("paths", "shared"),
    [
        (["/a/b/", "/a/c/"], "/a/"),
        (["/a/b/", "/a/b/"], "/a/b/"),
        (["/a/", "/b/"], "/"),
        (["/ab/", "/a/"], "/"),
        (["/", "/a/"], "/"),
        ([], "/"),
    ],
)
def test_schedule_stands_where_all_its_targets_stand(paths: list[str], shared: str) -> None:
    assert common_path(paths) == shared
