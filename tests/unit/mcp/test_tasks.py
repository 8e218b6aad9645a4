"""A task is a job by its own id: asked after, answered and stopped through any process."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.jobs.models import Cancel, Job, JobState
from apps.jobs.transitions import FINAL
from apps.kernel.errors import Code, Failure
from apps.mcp.tasks.shape import status_of
from apps.operations.core import Again, Ask, Question
from apps.operations.steps import run_job
from tests.support import factories, verbs
from tests.unit.mcp.asking import HANDSHAKE, Reply, ask, call
from tests.unit.mcp.conftest import KeyOf

pytestmark = pytest.mark.usefixtures("world")

EXTENSION = "io.modelcontextprotocol/tasks"
DECLARED = {"io.modelcontextprotocol/clientCapabilities": {"extensions": {EXTENSION: {}}}}
SURE = Question(message="Sure?", fields={"properties": {"sure": {"type": "boolean"}}})
TWO = {"one": SURE, "two": SURE}


def begin(key: str, name: str = "test_work_run", **arguments: Any) -> dict[str, Any]:
    """The task that a call begins."""
    return call(key, name, {"text": "x", **arguments}, meta=DECLARED).result


def about(key: str, method: str, task: object, *, named: str | None = None, **params: Any) -> Reply:
    """The reply to a method of the extension."""
    headers = {"mcp-name": str(task) if named is None else named}
    said = {"taskId": str(task), **params}
    return ask(key, f"tasks/{method}", said, meta=DECLARED, headers=headers)


def state_of(job: Job) -> tuple[str, str, dict[str, Any]]:
    job.refresh_from_db()
    return job.state, job.cancel, job.answers


def test_a_job_answers_with_a_task_of_its_own_id(key_of: KeyOf) -> None:
    found = begin(key_of())
    job = Job.system.get()
    assert (found["resultType"], found["status"]) == ("task", "working")
    assert found["taskId"] == str(job.id)
    assert {"result", "error", "inputRequests", "requestState"}.isdisjoint(found)
    for moment in (found["createdAt"], found["lastUpdatedAt"]):
        assert datetime.fromisoformat(moment).tzinfo is not None
    assert isinstance(found["ttlMs"], int)
    assert isinstance(found["pollIntervalMs"], int)


def test_a_task_says_when_it_last_moved(key_of: KeyOf, world: verbs.World) -> None:
    key = key_of()
    job = Job.system.get(id=begin(key)["taskId"])
    Job.system.update(updated_at=job.created_at - timedelta(hours=1))
    run_job(job.id)
    found = about(key, "get", job.id).result
    assert found["status"] == "completed"
    assert found["lastUpdatedAt"] >= found["createdAt"]


def test_evidence_names_the_program_to_the_end(key_of: KeyOf, world: verbs.World) -> None:
    robot = {"io.modelcontextprotocol/clientInfo": {"name": "robot", "version": "7"}}
    task = call(key_of(), "test_work_run", {"text": "x"}, meta={**DECLARED, **robot}).result
    run_job(Job.system.get(id=task["taskId"]).id)
    rows = AuditLog.system.filter(operation="test.work.run").exclude(entry="transition")
    assert [(row.entry, row.client) for row in rows.order_by("id")] == [
        ("intent", "robot 7"),
        ("outcome", "robot 7"),
    ]


@pytest.mark.parametrize("version", [HANDSHAKE, None])
def test_who_did_not_declare_tasks_gets_a_result(key_of: KeyOf, version: str | None) -> None:
    """Declared in an older era it counts for nothing; undeclared in the new one neither."""
    more: dict[str, Any] = {"version": version, "meta": DECLARED} if version else {}
    reply = call(key_of(), "test_work_run", {"text": "x"}, **more)
    assert reply.content["status"] == "accepted"
    assert "taskId" not in reply.result


def test_the_same_key_gets_the_same_task(key_of: KeyOf) -> None:
    key = key_of()
    first, second = (begin(key, idempotency_key="k1")["taskId"] for _ in range(2))
    assert first == second
    assert Job.system.count() == 1


def test_a_task_says_what_is_being_done_and_then_what_came_of_it(
    key_of: KeyOf, world: verbs.World
) -> None:
    key = key_of()
    task = begin(key)["taskId"]
    world.then(lambda ctx: (ctx.progress(1, 3, "Third of it."), Again(0, {}))[1])
    run_job(Job.system.get().id)
    found = about(key, "get", task).result
    assert (found["status"], found["statusMessage"]) == ("working", "Third of it.")
    assert found["resultType"] == "complete"
    assert "result" not in found
    run_job(Job.system.get().id)
    done = about(key, "get", task).result
    assert done["status"] == "completed"
    assert done["result"]["isError"] is False
    assert done["result"]["structuredContent"]["output"]["text"] == "x"
    assert "io.modelcontextprotocol/related-task" not in done["result"].get("_meta", {})


def test_work_that_went_wrong_is_completed_with_an_error(key_of: KeyOf, world: verbs.World) -> None:
    key = key_of()
    task = begin(key, "test_work_once")["taskId"]
    world.then(Failure(Code.DEVICE_REJECTED, "The device said no."))
    run_job(Job.system.get().id)
    found = about(key, "get", task).result
    assert found["status"] == "completed"
    assert found["result"]["isError"] is True
    assert found["result"]["structuredContent"]["code"] == "device_rejected"


def test_a_mistake_of_ours_is_a_failed_task_that_tells_nothing(
    key_of: KeyOf, world: verbs.World
) -> None:
    key = key_of()
    task = begin(key, "test_work_once")["taskId"]
    world.then(RuntimeError("secret inside"))
    run_job(Job.system.get().id)
    found = about(key, "get", task).result
    assert (found["status"], found["error"]["code"]) == ("failed", -32603)
    assert "secret" not in str(found)
    assert "result" not in found


def test_a_task_asks_and_goes_on_when_all_is_answered(key_of: KeyOf, world: verbs.World) -> None:
    key = key_of()
    task = begin(key)["taskId"]
    job = Job.system.get()
    world.then(Ask(TWO, {"at": 1}))
    run_job(job.id)
    found = about(key, "get", task).result
    assert found["status"] == "input_required"
    assert set(found["inputRequests"]) == {"one", "two"}
    request = found["inputRequests"]["one"]
    assert request["method"] == "elicitation/create"
    assert request["params"]["requestedSchema"]["properties"] == {"sure": {"type": "boolean"}}

    yes = {"action": "accept", "content": {"sure": True}}
    part = about(key, "update", task, inputResponses={"one": yes, "unasked": {"ignored": True}})
    assert set(part.result) - {"_meta"} == {"resultType"}
    assert set(about(key, "get", task).result["inputRequests"]) == {"two"}
    assert not run_job(job.id), "an answer too few does not wake it"

    about(key, "update", task, inputResponses={"two": {"action": "decline"}})
    assert about(key, "get", task).result["status"] == "working"
    assert run_job(job.id)
    answers = world.contexts[-1].answers
    assert (answers["one"].content, answers["two"].action) == ({"sure": True}, "decline")
    assert world.contexts[-1].state == {"at": 1}
    assert about(key, "get", task).result["status"] == "completed"
    assert verbs.entries(operation="jobs.job.answer") == [("intent", ""), ("outcome", "ok")] * 2


def test_an_answer_without_an_action_is_refused(key_of: KeyOf, world: verbs.World) -> None:
    key = key_of()
    task = begin(key)["taskId"]
    world.then(Ask(TWO, {}))
    run_job(Job.system.get().id)
    reply = about(key, "update", task, inputResponses={"one": {"content": {"sure": True}}})
    assert (reply.status, reply.error["code"]) == (400, -32602)
    assert state_of(Job.system.get()) == ("waiting", Cancel.NO, {})


def test_a_task_is_stopped_and_stopping_it_again_says_the_same(key_of: KeyOf) -> None:
    key = key_of()
    task = begin(key)["taskId"]
    for _ in range(2):
        assert set(about(key, "cancel", task).result) - {"_meta"} == {"resultType"}
    assert about(key, "get", task).result["status"] == "cancelled"
    assert len(verbs.rows(operation="jobs.job.cancel", entry="intent")) == 1


def test_a_running_task_stops_between_two_steps(key_of: KeyOf, world: verbs.World) -> None:
    key = key_of()
    task = begin(key)["taskId"]
    job = Job.system.get()
    world.then(Again(60, {}))
    run_job(job.id)
    about(key, "cancel", task)
    assert about(key, "get", task).result["status"] == "working"
    assert run_job(job.id), "the wish wakes it"
    assert about(key, "get", task).result["status"] == "cancelled"
    assert len(world.done) == 1


STRANGERS = ("other tenant", "other place", "no such task", "no id")


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("method", ["get", "update", "cancel"])
def test_a_task_of_others_is_not_there(
    key_of: KeyOf, tenant: Tenant, world: verbs.World, who: str, method: str
) -> None:
    task = begin(key_of())["taskId"]
    job = Job.system.get()
    world.then(Ask(TWO, {}))
    run_job(job.id)
    before = state_of(job)
    asked = {"no such task": str(tenant.id), "no id": "nonsense"}.get(who, task)
    stranger = {
        "other tenant": lambda: key_of(of=factories.tenant()),
        "other place": lambda: key_of(site_path="/elsewhere/"),
    }.get(who, key_of)()
    more = {"inputResponses": {"one": {"action": "accept"}}} if method == "update" else {}
    reply = about(stranger, method, asked, **more)
    assert (reply.status, reply.error["code"]) == (400, -32602)
    assert reply.error["data"]["code"] == "not_found"
    assert asked in reply.error["message"]
    assert state_of(job) == before
    assert not AuditLog.system.filter(operation="jobs.job.cancel", entry="intent").exists()


def test_a_viewer_may_look_but_neither_answer_nor_stop(key_of: KeyOf, world: verbs.World) -> None:
    task = begin(key_of())["taskId"]
    job = Job.system.get()
    world.then(Ask(TWO, {}))
    run_job(job.id)
    viewer = key_of("viewer")
    assert about(viewer, "get", task).result["status"] == "input_required"
    yes = {"one": {"action": "accept"}}
    for reply in (about(viewer, "cancel", task), about(viewer, "update", task, inputResponses=yes)):
        assert reply.error["data"]["code"] == "forbidden"
    assert state_of(job) == ("waiting", Cancel.NO, {})


@pytest.mark.parametrize("method", ["get", "update", "cancel"])
def test_tasks_need_the_extension_and_the_routing_header(key_of: KeyOf, method: str) -> None:
    key = key_of()
    task = begin(key)["taskId"]
    params = {"taskId": task, **({"inputResponses": {}} if method == "update" else {})}
    undeclared = ask(key, f"tasks/{method}", params, headers={"mcp-name": task})
    assert (undeclared.status, undeclared.error["code"]) == (400, -32021)
    assert undeclared.error["data"]["requiredCapabilities"] == {"extensions": {EXTENSION: {}}}
    for named in ("another", ""):
        reply = about(key, method, task, named=named, inputResponses={})
        assert (reply.status, reply.error["code"]) == (400, -32020)
    assert Job.system.get().state == JobState.QUEUED


@pytest.mark.parametrize("method", ["tasks/list", "tasks/result"])
def test_methods_of_the_older_form_are_unknown(key_of: KeyOf, method: str) -> None:
    reply = ask(key_of(), method, {"taskId": "x"}, meta=DECLARED)
    assert (reply.status, reply.error["code"]) == (404, -32601)


def test_discovery_offers_the_extension(key_of: KeyOf) -> None:
    offered = ask(key_of(), "server/discover").result["capabilities"]
    assert offered["extensions"] == {EXTENSION: {}}
    assert "tasks" not in offered


@given(
    state=st.sampled_from(JobState),
    code=st.sampled_from(["", *Code]),
    asked=st.sets(st.sampled_from("abc")),
    said=st.sets(st.sampled_from("abcd")),
)
def test_every_row_has_one_status(
    state: JobState, code: str, asked: set[str], said: set[str]
) -> None:
    questions, answers = {key: {} for key in asked}, {key: {} for key in said}
    job = Job(state=state, failure_code=code, questions=questions, answers=answers)
    status = status_of(job)
    assert (status in {"completed", "failed", "cancelled"}) == (state in FINAL)
    assert (status == "input_required") == (state == JobState.WAITING and bool(asked - said))
    assert status != "failed" or code == Code.INTERNAL
