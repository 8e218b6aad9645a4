"""A repeated call is answered, not repeated."""

from datetime import timedelta

import pytest

from apps.accounts.models import Tenant
from apps.jobs.models import Job
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure, FieldError, invalid
from apps.operations import idempotency
from apps.operations.admitted import body_hash
from apps.operations.models import IdempotencyKey
from tests.support import factories, verbs
from tests.support.verbs import World


@pytest.fixture
def operator(tenant: Tenant) -> Actor:
    return factories.actor_of("operator", tenant)


def failing(world: World, actor: Actor, text: str = "", key: str = "k") -> Failure:
    with pytest.raises(Failure) as caught:
        world.call("test.note.keyed", {"text": text}, actor, key=key)
    return caught.value


def test_same_key_and_body_get_the_stored_answer(world: World, operator: Actor) -> None:
    first = world.call("test.note.keyed", {"text": "a"}, operator, key="k")
    again = world.call("test.note.keyed", {"text": "a"}, operator, key="k")
    assert len(world.done) == 1
    assert not first.replayed
    assert again.replayed
    assert again.output == first.output
    assert again.call_id == first.call_id
    assert len(verbs.rows()) == 2, "the repetition is no second act"


def test_same_key_with_another_body_is_refused(world: World, operator: Actor) -> None:
    world.call("test.note.keyed", {"text": "a"}, operator, key="k")
    assert failing(world, operator, "b").code is Code.KEY_REUSED
    assert len(world.done) == 1


def test_keys_belong_to_one_actor_and_one_operation(
    world: World, tenant: Tenant, operator: Actor
) -> None:
    other = factories.actor_of("operator", tenant)
    for actor, operation in (
        (operator, "test.note.keyed"),
        (other, "test.note.keyed"),
        (operator, "test.note.write"),
    ):
        world.call(operation, {"text": "a"}, actor, key="k")
    assert len(world.done) == 3


def test_final_failure_is_replayed_with_its_fields(world: World, operator: Actor) -> None:
    world.then(invalid("text", "is odd.", allowed="even ones"))
    first, again = failing(world, operator), failing(world, operator)
    assert len(world.done) == 1
    assert (again.code, again.detail) == (first.code, first.detail)
    assert again.errors == (FieldError("text", "is odd.", "even ones"),)


@pytest.mark.parametrize(
    "failure",
    [
        Failure(Code.BUSY, "Later."),
        Failure(Code.UNREACHABLE, "Away."),
        Failure(Code.TIMEOUT, "Nothing was sent.", retryable=True),
    ],
)
def test_failure_that_may_be_repeated_frees_the_key(
    world: World, operator: Actor, failure: Failure
) -> None:
    world.then(failure)
    assert failing(world, operator) is failure
    assert world.call("test.note.keyed", {"text": ""}, operator, key="k").status == "ok"
    assert [entry for entry, _ in verbs.entries()] == ["intent", "outcome"] * 2


def test_accepted_job_is_replayed_as_the_same_job(world: World, operator: Actor) -> None:
    first = world.call("test.work.run", {}, operator, key="k")
    again = world.call("test.work.run", {}, operator, key="k")
    assert again.job == first.job
    assert Job.system.count() == 1


def test_dry_run_and_reads_take_no_key(world: World, tenant: Tenant, operator: Actor) -> None:
    device = factories.device(tenant)
    data = {"devices": [str(device.id)]}
    world.call("test.unit.tag", data, operator, key="k", dry_run=True)
    world.call("test.note.read", {}, operator, key="k")
    assert IdempotencyKey.objects.count() == 0
    world.call("test.unit.tag", data, operator, key="k")
    assert world.call("test.unit.tag", data, operator, key="k", dry_run=True).status == "planned"


def test_running_call_says_so(world: World, operator: Actor) -> None:
    world.call("test.note.keyed", {}, operator, key="k")
    IdempotencyKey.objects.update(reply=None)
    failure = failing(world, operator)
    assert failure.code is Code.CONFLICT
    assert "still running" in failure.detail


def test_lost_verdict_is_told_as_such(world: World, operator: Actor) -> None:
    world.call("test.note.keyed", {}, operator, key="k")
    IdempotencyKey.objects.update(reply=None, lost=True)
    assert failing(world, operator).code is Code.INDETERMINATE
    IdempotencyKey.objects.update(lost=False, deadline=clock.now() - timedelta(seconds=1))
    assert failing(world, operator).code is Code.INDETERMINATE


def test_body_hash_tells_secrets_apart_and_reveals_none() -> None:
    one, two = (verbs.SecretIn.model_validate({"password": word}) for word in ("a", "b"))
    assert body_hash(one) != body_hash(two)
    assert body_hash(one) == body_hash(one.model_copy())


def test_answered_claims_are_kept_for_a_day(world: World, operator: Actor) -> None:
    with clock.using(ManualClock(clock.now())) as time:
        world.call("test.note.keyed", {}, operator, key="k")
        world.call("test.note.keyed", {}, operator, key="open")
        IdempotencyKey.objects.filter(key="open").update(reply=None)
        assert idempotency.expired_drop() == 0
        time.advance(86_401)
        assert idempotency.expired_drop() == 1
    assert IdempotencyKey.objects.get().key == "open"


def test_reference_of_an_agent_names_its_person_and_key(world: World, tenant: Tenant) -> None:
    agent = factories.actor_of("agent", tenant)
    world.call("test.note.write", {}, agent, key="one")
    reference = IdempotencyKey.objects.get().actor
    assert reference["acts_for"] == str(agent.acts_for)
    assert reference["credential_id"] == str(agent.credential_id)
