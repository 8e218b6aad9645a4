"""What an allowed call leaves: intent, outcome, event and answer, in one transaction."""

import pytest
from django.db import InterfaceError, OperationalError

from apps.accounts.models import Tenant
from apps.events.models import Outbox
from apps.jobs.models import Job
from apps.kernel.errors import Code, Failure
from apps.operations.context import Context
from apps.operations.core import Again, Face
from apps.operations.models import IdempotencyKey
from tests.support import factories, verbs
from tests.support.verbs import UnitsOut, World


def test_change_leaves_intent_outcome_and_event(world: World, tenant: Tenant) -> None:
    operator = factories.actor_of("operator", tenant)
    outcome = world.call("write_note", {"text": "new"}, operator, reason="because", trace_id="t1")
    assert outcome.output == {"text": "new", "before": "old", "after": "new"}
    intent, done = verbs.rows()
    assert (intent.entry, done.entry, done.intent_id) == ("intent", "outcome", intent.id)
    assert (done.verdict, done.before, done.after) == ("ok", "old", "new")
    assert (done.operation, done.reason, done.trace_id) == ("test.note.write", "because", "t1")
    assert intent.input == {"text": "new"}
    assert intent.call_id == done.call_id == outcome.call_id
    (finished,) = verbs.told("operations.call.finished")
    assert (finished["verdict"], finished["operation"]) == ("ok", "test.note.write")


def test_read_leaves_no_row(world: World, tenant: Tenant) -> None:
    world.call("test.note.read", {}, factories.actor_of("viewer", tenant))
    assert verbs.rows() == []
    assert IdempotencyKey.objects.count() == 0


def test_audited_read_leaves_one(world: World, tenant: Tenant) -> None:
    world.call("test.note.look", {}, factories.actor_of("viewer", tenant))
    assert verbs.entries() == [("outcome", "ok")]


def test_failure_undoes_the_change_and_keeps_the_evidence(world: World, tenant: Tenant) -> None:
    operator = factories.actor_of("operator", tenant)
    with pytest.raises(Failure) as caught:
        world.then(Failure(Code.CONFLICT, "No.")).call("test.note.write", {"text": "x"}, operator)
    assert caught.value.code is Code.CONFLICT
    assert verbs.told("fleet.device.changed") == []
    assert verbs.entries() == [("intent", ""), ("outcome", "conflict")]
    assert verbs.told("operations.call.finished")[0]["verdict"] == "conflict"


def test_mistake_of_ours_is_told_to_nobody(world: World, tenant: Tenant) -> None:
    operator = factories.actor_of("operator", tenant)
    with pytest.raises(Failure) as caught:
        world.then(ValueError("password=hunter2")).call(
            "test.note.write", {}, operator, request_id="r9"
        )
    assert caught.value.code is Code.INTERNAL
    assert "hunter2" not in caught.value.detail
    assert "r9" in caught.value.detail
    assert verbs.entries()[-1] == ("outcome", "internal")


@pytest.mark.parametrize("operation", ["test.note.read", "test.note.write"])
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_database_away_in_a_handler_is_no_mistake(
    world: World, tenant: Tenant, operation: str, error: type[Exception]
) -> None:
    operator = factories.actor_of("operator", tenant)
    with pytest.raises(Failure) as caught:
        world.then(error("gone")).call(operation, {}, operator)
    assert (caught.value.code, caught.value.retry_after) == (Code.BUSY, 2)
    assert verbs.rows() == []


@pytest.mark.parametrize("result", [UnitsOut(), Again(1, {})])
def test_result_of_another_kind_is_a_mistake(world: World, tenant: Tenant, result: object) -> None:
    operator = factories.actor_of("operator", tenant)
    with pytest.raises((Failure, TypeError)):
        world.then(result).call("test.note.write", {}, operator)
    assert Outbox.objects.filter(type="fleet.device.changed").count() == 0


def test_dry_run_writes_nothing(world: World, tenant: Tenant) -> None:
    device = factories.device(tenant)
    operator = factories.actor_of("operator", tenant)
    data = {"devices": [str(device.id)], "text": "x"}
    planned = world.call("test.unit.reboot", data, operator, dry_run=True)
    assert planned.status == "planned"
    assert planned.plan is not None
    assert planned.plan.changes[0].after == "x"
    assert planned.confirmation is None
    assert verbs.rows() == []
    assert world.done == []


def test_operation_without_plan_has_no_dry_run(world: World, tenant: Tenant) -> None:
    operator = factories.actor_of("operator", tenant)
    with pytest.raises(Failure) as caught:
        world.call("test.note.write", {}, operator, dry_run=True)
    assert caught.value.errors[0].path == "dry_run"


def test_job_is_accepted_with_its_row_and_intent(world: World, tenant: Tenant) -> None:
    engineer = factories.actor_of("engineer", tenant)
    outcome = world.call("test.work.run", {"text": "go"}, engineer, reason="night work")
    assert outcome.status == "accepted"
    assert outcome.job is not None
    assert outcome.job.url == f"/api/v1/jobs/{outcome.job.id}/"
    job = Job.system.get()
    assert (job.id, job.state, job.reason) == (outcome.job.id, "queued", "night work")
    assert job.input == {"text": "go"}
    (intent,) = verbs.rows()
    assert (intent.job_id, job.intent_id) == (job.id, intent.id)
    assert world.done == []


def test_time_limit_of_the_caller_only_shortens(world: World, tenant: Tenant) -> None:
    operator = factories.actor_of("operator", tenant)
    world.call("test.note.write", {}, operator, time_limit=0.5)
    world.call("test.note.write", {}, operator, time_limit=500)
    short, long = (ctx.deadline for ctx in world.contexts)
    assert 8 < long - short < 12


def test_passed_deadline_is_a_timeout(world: World, tenant: Tenant) -> None:
    operator = factories.actor_of("operator", tenant)
    with pytest.raises(Failure) as caught:
        world.then(lambda ctx: ctx.remaining()).call(
            "test.note.write", {}, operator, time_limit=0.0
        )
    assert caught.value.code is Code.TIMEOUT


def test_inline_calls_may_report_to_nobody(world: World, tenant: Tenant) -> None:
    def reports(ctx: Context) -> None:
        ctx.progress(1, 2, "half")
        ctx.line("a line")
        assert ctx.cancelled() == ""
        assert ctx.remaining() > 0

    operator = factories.actor_of("operator", tenant)
    assert world.then(reports).call("test.note.write", {}, operator).status == "ok"


def test_new_secret_is_told_once_and_stored_nowhere(world: World, tenant: Tenant) -> None:
    operator = factories.actor_of("operator", tenant)
    data = {"password": "hunter2-in"}
    first = world.call("test.secret.set", data, operator, key="k1")
    assert first.output == {"token": "cp_made_once"}
    again = world.call("test.secret.set", data, operator, key="k1")
    assert again.replayed
    assert again.output == {"token": "**********"}
    stored = str(list(IdempotencyKey.objects.values())) + str([vars(row) for row in verbs.rows()])
    told = str(list(Outbox.objects.values()))
    for secret in ("cp_made_once", "hunter2-in"):
        assert secret not in stored
        assert secret not in told


def test_console_needs_no_key_of_its_own(world: World, tenant: Tenant) -> None:
    operator = factories.actor_of("operator", tenant)
    assert world.call("test.note.keyed", {}, operator, face=Face.CONSOLE).status == "ok"
    with pytest.raises(Failure) as caught:
        world.call("test.note.keyed", {}, operator)
    assert caught.value.errors[0].path == "idempotency_key"
    with pytest.raises(Failure) as caught:
        world.call("test.note.keyed", {}, operator, key="k" * 201)
    assert caught.value.code is Code.INVALID
