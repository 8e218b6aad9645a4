"""Twenty threads with one key do the work once, and all of them get its answer."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.audit.models import AuditLog
from apps.jobs.models import Job
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.operations.models import IdempotencyKey
from apps.operations.outcome import Outcome
from tests.support import factories, verbs
from tests.support.verbs import World

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 20


def at_once(
    world: World, operation: str, actor: Actor, texts: list[str]
) -> list[Outcome | Failure]:
    """One call a text, all let go at the same moment; Failures are returned."""
    start = threading.Barrier(len(texts))

    def one(text: str) -> Outcome | Failure:
        start.wait(10)
        try:
            return world.call(operation, {"text": text}, actor, key="one")
        except Failure as failure:
            return failure
        finally:
            connection.close()

    with ThreadPoolExecutor(len(texts)) as pool:
        return list(pool.map(one, texts))


def test_change_is_done_once_and_everybody_gets_its_answer(world: World) -> None:
    actor = factories.actor_of("operator")
    answers = at_once(world, "test.note.keyed", actor, ["same"] * THREADS)
    assert len(world.done) == 1
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    assert Counter(answer.replayed for answer in answers if isinstance(answer, Outcome)) == {
        False: 1,
        True: THREADS - 1,
    }
    assert len({str(answer.call_id) for answer in answers if isinstance(answer, Outcome)}) == 1
    assert verbs.entries() == [("intent", ""), ("outcome", "ok")]


def test_job_is_accepted_once(world: World) -> None:
    actor = factories.actor_of("operator")
    answers = at_once(world, "test.work.run", actor, ["same"] * THREADS)
    assert {answer.job.id for answer in answers if isinstance(answer, Outcome) and answer.job} == {
        Job.system.get().id
    }
    assert all(isinstance(answer, Outcome) for answer in answers)
    assert AuditLog.system.count() == 1


def test_other_bodies_lose(world: World) -> None:
    actor = factories.actor_of("operator")
    answers = at_once(world, "test.note.keyed", actor, ["a", "b"] * 5)
    won = [answer for answer in answers if isinstance(answer, Outcome)]
    lost = [answer for answer in answers if isinstance(answer, Failure)]
    assert len(won) == len(lost) == 5
    assert {failure.code for failure in lost} == {"key_reused"}
    assert len(world.done) == 1


def test_device_is_asked_once_while_others_hear_that_it_runs(world: World) -> None:
    actor = factories.actor_of("operator")
    entered, go_on = threading.Event(), threading.Event()

    def slow(ctx: object) -> None:
        entered.set()
        assert go_on.wait(10)

    world.then(slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(at_once, world, "test.unit.set", actor, ["x"])
        assert entered.wait(10)
        with pytest.raises(Failure, match="still running"):
            world.call("test.unit.set", {"text": "x"}, actor, key="one")
        go_on.set()
        (answer,) = first.result(10)
    assert isinstance(answer, Outcome)
    assert len(world.done) == 1
    assert IdempotencyKey.objects.get().reply is not None
