"""A call on a device: the intent is committed first, and a lost verdict is never a guess."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError

from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.operations import perform
from apps.operations.models import IdempotencyKey
from apps.operations.outcome import Outcome
from apps.operations.settle import GIVE_UP, settle, settle_due, unsettled
from apps.operations.tasks import recover
from tests.support import factories, verbs
from tests.support.verbs import TextOut, World


@pytest.fixture
def operator(db: None) -> Actor:
    return factories.actor_of("operator")


def sent(world: World, actor: Actor, failure: Exception, key: str = "k") -> Failure:
    """A call whose handler ends with `failure`."""
    with pytest.raises(Failure) as caught:
        world.then(failure).call("test.unit.set", {"text": "x"}, actor, key=key)
    return caught.value


LOST = Failure(Code.INDETERMINATE, "The line broke after the first byte.")


@pytest.mark.django_db(transaction=True)
def test_intent_is_committed_before_the_device_is_touched(world: World) -> None:
    seen: list[Any] = []

    def look(ctx: object) -> None:
        seen.append((verbs.connection_is_idle(), verbs.entries()))

    world.then(look).call("test.unit.set", {"text": "x"}, factories.actor_of("operator"))
    assert seen == [(True, [("intent", "")])]
    assert verbs.entries() == [("intent", ""), ("outcome", "ok")]


def test_rejection_is_a_verdict_and_is_replayed(world: World, operator: Actor) -> None:
    said = Failure(Code.DEVICE_REJECTED, "The device says: no such control.")
    assert sent(world, operator, said).code is Code.DEVICE_REJECTED
    assert verbs.entries()[-1] == ("outcome", "device_rejected")
    with pytest.raises(Failure) as caught:
        world.call("test.unit.set", {"text": "x"}, operator, key="k")
    assert caught.value.detail == said.detail
    assert len(world.done) == 1


def test_unreached_device_may_be_tried_again(world: World, operator: Actor) -> None:
    sent(world, operator, Failure(Code.UNREACHABLE, "No answer."))
    assert world.call("test.unit.set", {"text": "x"}, operator, key="k").status == "ok"


@pytest.mark.parametrize("failure", [LOST, ValueError("a mistake")])
def test_lost_verdict_stays_open(world: World, operator: Actor, failure: Exception) -> None:
    told = sent(world, operator, failure)
    assert told.code in (Code.INDETERMINATE, Code.INTERNAL)
    assert verbs.entries() == [("intent", "")]
    row = IdempotencyKey.objects.get()
    assert row.lost
    assert row.reply is None
    assert unsettled() == [row.call_id]
    with pytest.raises(Failure) as caught:
        world.call("test.unit.set", {"text": "x"}, operator, key="k")
    assert caught.value.code is Code.INDETERMINATE
    assert str(row.call_id) in caught.value.detail
    assert len(world.done) == 1, "it is never run again"


@pytest.mark.parametrize("ending", ["finish_ok", "finish_failed"])
def test_verdict_that_cannot_be_stored_is_indeterminate(
    world: World, operator: Actor, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    def away(*_: object) -> None:
        raise DatabaseError("connection lost")

    monkeypatch.setattr(perform, ending, away)
    if ending == "finish_failed":
        world.then(Failure(Code.DEVICE_REJECTED, "No."))
    with pytest.raises(Failure) as caught:
        world.call("test.unit.set", {"text": "x"}, operator)
    assert caught.value.code is Code.INDETERMINATE
    assert len(world.done) == 1


def test_device_says_it_is_done(world: World, operator: Actor) -> None:
    sent(world, operator, LOST)
    world.verdict = Outcome.done(TextOut(text="x", before="old", after="x"))
    assert settle_due() == 1
    assert world.asked == 1
    intent, done = verbs.rows()
    assert (done.entry, done.verdict, done.intent_id) == ("outcome", "ok", intent.id)
    assert (done.before, done.after, done.actor_label) == ("old", "x", "system:settle")
    again = world.call("test.unit.set", {"text": "x"}, operator, key="k")
    assert again.replayed
    assert again.output == {"text": "x", "before": "old", "after": "x"}
    assert again.call_id == intent.call_id
    assert len(world.done) == 1
    (finished,) = verbs.told("operations.call.finished")
    assert (finished["verdict"], finished["actor"]) == ("ok", operator.label)
    assert settle_due() == 0
    assert unsettled() == []


def test_device_says_it_did_not_happen(world: World, operator: Actor) -> None:
    sent(world, operator, LOST)
    world.verdict = Outcome.not_done(Code.DEVICE_REJECTED, "It still has the old value.")
    assert settle_due() == 1
    assert verbs.entries()[-1] == ("outcome", "device_rejected")
    with pytest.raises(Failure) as caught:
        world.call("test.unit.set", {"text": "x"}, operator, key="k")
    assert caught.value.detail == "It still has the old value."


@pytest.mark.parametrize("answer", [None, Failure(Code.UNREACHABLE, "Still away.")])
def test_device_that_cannot_answer_is_asked_again(
    world: World, operator: Actor, answer: Any
) -> None:
    sent(world, operator, LOST)
    world.verdict = answer
    assert settle_due() == 0
    assert settle_due() == 0, "not before five seconds have passed"
    assert world.asked == 1
    IdempotencyKey.objects.update(deadline=clock.now())
    settle_due()
    assert world.asked == 2
    assert verbs.entries() == [("intent", "")]


def test_after_a_day_the_answer_is_that_nobody_knows(world: World, operator: Actor) -> None:
    sent(world, operator, LOST)
    IdempotencyKey.objects.update(created_at=clock.now() - GIVE_UP - timedelta(seconds=1))
    assert settle_due() == 1
    assert verbs.entries()[-1] == ("outcome", "indeterminate")
    assert IdempotencyKey.objects.get().reply is not None


def test_process_that_died_is_asked_about_after_its_deadline(world: World, operator: Actor) -> None:
    sent(world, operator, LOST)
    later = clock.now() + timedelta(seconds=10)
    IdempotencyKey.objects.update(lost=False, deadline=later)
    assert settle_due() == 0, "its time is not over"
    IdempotencyKey.objects.update(deadline=clock.now())
    world.verdict = Outcome.done(TextOut(text="x"))
    recover()
    assert verbs.entries() == [("intent", ""), ("outcome", "ok")]


def test_two_ticks_ask_once(world: World, operator: Actor) -> None:
    sent(world, operator, LOST)
    row = IdempotencyKey.objects.get()
    world.verdict = Outcome.done(TextOut(text="x"))
    assert settle(row)
    assert not settle(row), "the second tick holds an old row"
    assert world.asked == 1
    assert [entry for entry, _ in verbs.entries()] == ["intent", "outcome"]


def test_verdict_told_meanwhile_wins(world: World, operator: Actor) -> None:
    sent(world, operator, LOST)
    row = IdempotencyKey.objects.get()

    def told_meanwhile() -> Outcome:
        IdempotencyKey.objects.update(reply={"outcome": {"status": "ok"}})
        return Outcome.done(TextOut(text="x"))

    world.verdict = told_meanwhile
    assert not settle(row)
    assert [entry for entry, _ in verbs.entries()] == ["intent"]


def test_call_that_nobody_can_be_asked_about_is_told_as_unknown(
    world: World, operator: Actor
) -> None:
    sent(world, operator, LOST)
    IdempotencyKey.objects.update(operation="test.note.write")
    assert settle_due() == 1
    assert world.asked == 0
    assert verbs.entries()[-1] == ("outcome", "indeterminate")
