"""A job asks, waits, and goes on with what it was told; once, and by whoever may."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Tenant
from apps.jobs import claims
from apps.jobs.models import Job
from apps.jobs.questions import job_answer, job_ask, pending
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from apps.operations.core import Again, Ask, Question
from apps.operations.steps import run_job
from tests.support import factories, verbs
from tests.support.verbs import World

SURE = Question(message="Sure?", fields={"properties": {"sure": {"type": "boolean"}}})
YES = {"action": "accept", "content": {"sure": True}}
NO = {"action": "decline"}


@pytest.fixture
def engineer(tenant: Tenant) -> Actor:
    return factories.actor_of("engineer", tenant)


def asking(world: World, actor: Actor, *keys: str, within: float = 3_600) -> Job:
    """A job that waits to be told these things."""
    world.then(Ask(dict.fromkeys(keys, SURE), {"step": 1}, within=within))
    outcome = world.call("test.work.run", {"text": "go"}, actor)
    assert outcome.job
    assert run_job(outcome.job.id)
    return Job.system.get(id=outcome.job.id)


def answer(world: World, job: Job, actor: Actor, **answers: Any) -> list[str]:
    given = {"job": str(job.id), "answers": answers}
    output = world.call("jobs.job.answer", given, actor).output
    assert output
    return list(output["open"])


def shown(world: World, job: Job, actor: Actor) -> dict[str, Any]:
    output = world.call("jobs.job.get", {"job": str(job.id)}, actor).output
    assert output
    return output


def test_a_job_waits_for_all_its_answers_and_gets_them(world: World, engineer: Actor) -> None:
    job = asking(world, engineer, "one", "two")
    assert set(shown(world, job, engineer)["questions"]) == {"one", "two"}
    assert not run_job(job.id), "it holds no worker"
    assert answer(world, job, engineer, one=YES) == ["two"]
    assert set(shown(world, job, engineer)["questions"]) == {"two"}
    assert not run_job(job.id)
    assert answer(world, job, engineer, two=NO) == []
    assert run_job(job.id)
    ctx = world.contexts[-1]
    assert (ctx.state, ctx.answers["two"].action) == ({"step": 1}, "decline")
    assert ctx.answers["one"].content == {"sure": True}
    job.refresh_from_db()
    assert job.state == "succeeded"


def test_answering_is_written_down(world: World, engineer: Actor) -> None:
    job = asking(world, engineer, "one", "two")
    answer(world, job, engineer, one=YES)
    row = verbs.rows(operation="jobs.job.answer", entry="outcome")[0]
    assert (row.object_id, row.actor_id, row.verdict) == (job.id, engineer.id, "ok")
    assert (row.before, row.after) == ({"open": ["one", "two"]}, {"open": ["two"]})


@pytest.mark.parametrize(
    "answers", [{"three": YES}, {"one": YES, "three": YES}, {"one": {"action": "maybe"}}, {}]
)
def test_what_is_not_asked_for_is_refused_whole(
    world: World, engineer: Actor, answers: dict[str, Any]
) -> None:
    job = asking(world, engineer, "one")
    with pytest.raises(Failure) as caught:
        answer(world, job, engineer, **answers)
    assert caught.value.code is Code.INVALID
    job.refresh_from_db()
    assert job.answers == {}


def test_an_answer_counts_once(world: World, engineer: Actor) -> None:
    job = asking(world, engineer, "one", "two")
    answer(world, job, engineer, one=YES)
    with pytest.raises(Failure) as caught:
        answer(world, job, engineer, one=NO)
    assert caught.value.code is Code.INVALID
    assert "two" in str(caught.value.errors[0].allowed)


def test_a_job_that_is_over_takes_no_answer(world: World, engineer: Actor) -> None:
    job = asking(world, engineer, "one")
    Job.system.filter(id=job.id).update(state="cancelled", finished_at=clock.now())
    with pytest.raises(Failure) as caught:
        answer(world, job, engineer, one=YES)
    assert caught.value.code is Code.CONFLICT


@pytest.mark.parametrize(("role", "code"), [("viewer", Code.FORBIDDEN), (None, Code.NOT_FOUND)])
def test_who_may_not_operate_cannot_answer(
    world: World, engineer: Actor, tenant: Tenant, role: str | None, code: Code
) -> None:
    job = asking(world, engineer, "one")
    other = factories.actor_of(role, tenant) if role else factories.actor_of("engineer")
    with pytest.raises(Failure) as caught:
        answer(world, job, other, one=YES)
    assert caught.value.code is code
    job.refresh_from_db()
    assert (job.answers, job.state) == ({}, "waiting")


def test_nobody_answers_in_time_and_the_handler_decides(world: World, engineer: Actor) -> None:
    with clock.using(ManualClock(clock.now())) as time:
        job = asking(world, engineer, "one", "two", within=60)
        answer(world, job, engineer, one=YES)
        time.advance(59)
        assert not run_job(job.id)
        time.advance(2)
        world.then(Again(1, {}))
        assert run_job(job.id)
        assert set(world.contexts[-1].answers) == {"one"}
        assert shown(world, job, engineer)["questions"] == {}, "asleep, it asks for nothing"


def test_the_same_thing_may_be_asked_again(world: World, engineer: Actor) -> None:
    job = asking(world, engineer, "one")
    answer(world, job, engineer, one=NO)
    world.then(Ask({"one": SURE}, {}))
    run_job(job.id)
    assert set(shown(world, job, engineer)["questions"]) == {"one"}
    answer(world, job, engineer, one=YES)
    run_job(job.id)
    assert world.contexts[-1].answers["one"].action == "accept"


def test_a_worker_that_lost_the_job_asks_nothing(world: World, engineer: Actor) -> None:
    job = asking(world, engineer, "one")
    asked = {"two": SURE.model_dump()}
    late = job.epoch - 1
    Job.system.filter(id=job.id).update(state="running")
    job.state = "running"
    assert not job_ask(job, epoch=late, source="running", seconds=1, state={}, questions=asked)
    job.refresh_from_db()
    assert set(job.questions) == {"one"}


def test_an_inline_operation_cannot_ask(world: World, engineer: Actor) -> None:
    world.then(Ask({"one": SURE}, {}))
    with pytest.raises(TypeError, match="INLINE"):
        world.call("test.note.write", {"text": "x"}, engineer)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    asked=st.sets(st.sampled_from("abc"), min_size=1),
    order=st.lists(st.sampled_from("abc"), max_size=6),
)
def test_a_job_is_woken_by_its_last_answer_alone(
    db: None, asked: set[str], order: list[str]
) -> None:
    job = factories.job(state="running")
    until = clock.now() + timedelta(hours=1)
    questions: dict[str, Any] = {key: {} for key in asked}
    job_ask(job, epoch=0, source=job.state, seconds=3_600, state={}, questions=questions)
    for key in order:
        open_before = set(pending(Job.system.get(id=job.id)))
        try:
            left = set(job_answer(job, {key: NO}))
        except Failure:
            assert key not in open_before
            continue
        assert left == open_before - {key}
    row = Job.system.get(id=job.id)
    due = job.id in claims.due()
    assert due == (set(order) >= asked)
    assert due == (row.wake_at is not None and row.wake_at < until - timedelta(minutes=1))
