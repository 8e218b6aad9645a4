"""Calling operations over REST: envelopes, headers, outcomes."""

import json
from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client

from apps.api.operations import present
from apps.audit.models import AuditLog
from apps.jobs.models import Job
from apps.kernel.errors import Code, Failure
from apps.operations.outcome import Outcome, Status
from tests.support import factories, verbs
from tests.unit.api.support import call, said

Roles = Callable[..., Client]


def test_a_read_answers_with_its_output(as_role: Roles, world: verbs.World) -> None:
    answer = call(as_role("viewer"), "test.note.read", {"input": {"text": "hi"}})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["output"]["text"]) == ("ok", "hi")
    assert UUID(body["call_id"]).version == 7


def test_an_alias_is_accepted(as_role: Roles, world: verbs.World) -> None:
    assert call(as_role(), "write_note", {"input": {"text": "x"}}).status_code == 200
    assert len(world.done) == 1


def test_no_body_is_an_empty_call(as_role: Roles) -> None:
    form = "application/x-www-form-urlencoded"  # what curl -d '' says
    answer = as_role().post("/api/v1/operations/system.ping", data=b"", content_type=form)
    assert answer.status_code == 200


def test_ids_and_reason_reach_the_evidence(as_role: Roles, world: verbs.World) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = call(
        as_role(),
        "test.note.write",
        {"input": {"text": "x"}, "reason": "sound check"},
        X_Request_ID="shift-7",
        Traceparent=f"00-{trace}-00f067aa0ba902b7-01",
        User_Agent="curl/8",
    )
    assert answer["X-Request-ID"] == "shift-7"
    row = AuditLog.system.get(entry="outcome")
    assert (row.request_id, row.trace_id, row.reason) == ("shift-7", trace, "sound check")
    assert (row.client, row.address, row.face) == ("curl/8", "127.0.0.1", "rest")


def test_the_same_key_replays(as_role: Roles, world: verbs.World) -> None:
    client, body = as_role(), {"input": {"text": "once"}}
    first = call(client, "test.note.keyed", body, Idempotency_Key="k1").json()
    second = call(client, "test.note.keyed", body, Idempotency_Key="k1").json()
    assert second == {**first, "replayed": True}
    assert len(world.done) == 1


def test_the_same_key_for_another_body_is_refused(as_role: Roles, world: verbs.World) -> None:
    client = as_role()
    call(client, "test.note.keyed", {"input": {"text": "a"}}, Idempotency_Key="k1")
    again = call(client, "test.note.keyed", {"input": {"text": "b"}}, Idempotency_Key="k1")
    assert said(again) == (409, "key_reused")
    assert len(world.done) == 1


def test_a_keyed_operation_needs_its_key(as_role: Roles, world: verbs.World) -> None:
    answer = call(as_role(), "test.note.keyed", {"input": {"text": "a"}})
    assert said(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["path"] == "idempotency_key"


def test_a_job_is_accepted_with_a_location(as_role: Roles, world: verbs.World) -> None:
    client = as_role()
    answer = call(client, "test.work.run", {"input": {"text": "x"}})
    assert answer.status_code == 202
    job = Job.system.get()
    assert answer.json()["job"] == {"id": str(job.id), "url": f"/api/v1/jobs/{job.id}/"}
    assert answer["Location"] == f"/api/v1/jobs/{job.id}/"
    assert client.get(answer["Location"]).json()["operation"] == "test.work.run"


def test_a_disruptive_call_is_confirmed_by_a_second(
    as_role: Roles, world: verbs.World, tenant: object
) -> None:
    device = factories.device(tenant)  # type: ignore[arg-type]  # the fixture's tenant
    client, body = as_role(), {"input": {"devices": [str(device.id)]}}
    plan = call(client, "test.unit.reboot", body)
    assert plan.status_code == 428
    said_first = plan.json()
    assert said_first["status"] == "needs_confirmation"
    assert said_first["plan"]["targets"][0]["id"] == str(device.id)
    assert world.done == []
    done = call(client, "test.unit.reboot", {**body, "confirmation": said_first["confirmation"]})
    assert done.status_code == 200
    assert len(world.done) == 1


def test_a_dry_run_shows_the_plan_and_writes_nothing(
    as_role: Roles, world: verbs.World, tenant: object
) -> None:
    device = factories.device(tenant)  # type: ignore[arg-type]  # the fixture's tenant
    body = {"input": {"devices": [str(device.id)]}, "dry_run": True}
    answer = call(as_role(), "test.unit.reboot", body)
    assert answer.status_code == 200
    assert answer.json()["status"] == "planned"
    assert "confirmation" not in answer.json()
    assert (world.done, AuditLog.system.count()) == ([], 0)


def test_a_destructive_call_waits_for_a_second_person(
    as_role: Roles, world: verbs.World, tenant: object
) -> None:
    device = factories.device(tenant)  # type: ignore[arg-type]  # the fixture's tenant
    client, body = as_role(), {"input": {"devices": [str(device.id)]}}
    token = call(client, "test.unit.wipe", body).json()["confirmation"]
    answer = call(client, "test.unit.wipe", {**body, "confirmation": token})
    assert answer.status_code == 202
    approval = answer.json()["approval"]
    assert answer["Location"] == approval["url"]
    assert client.get(approval["url"]).json()["state"] == "pending"
    assert world.done == []


def test_a_stored_error_is_a_problem() -> None:
    lost = Outcome(status=Status.ERROR, code="device_rejected", detail="It said no.")
    with pytest.raises(Failure) as caught:
        present(lost)
    assert (caught.value.code, caught.value.detail) == (Code.DEVICE_REJECTED, "It said no.")


def test_a_secret_made_here_is_shown_once(as_role: Roles, world: verbs.World) -> None:
    answer = call(as_role(), "test.secret.set", {"input": {"password": "hush"}})
    assert answer.json()["output"] == {"token": "cp_made_once"}
    assert "hush" not in json.dumps(list(AuditLog.system.values("input", "after")), default=str)


def test_the_list_shows_what_the_caller_may_call(as_role: Roles, world: verbs.World) -> None:
    viewer = {one["name"] for one in as_role("viewer").get("/api/v1/operations/").json()["items"]}
    items = as_role("operator").get("/api/v1/operations/").json()["items"]
    operator = {one["name"]: one for one in items}
    assert "test.note.read" in viewer
    assert "test.note.write" not in viewer
    assert "test.note.private" not in operator
    write = operator["test.note.write"]
    assert write["input_schema"]["properties"]["text"]["maxLength"] == 20
    assert (write["danger"], write["url"]) == ("change", "/api/v1/operations/test.note.write")
    assert operator["test.note.keyed"]["needs_idempotency_key"] is True
