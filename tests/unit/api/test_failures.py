"""Every failure is a problem document with its row's status, and says what to do."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.kernel.errors import Code, Failure
from apps.operations.failures import TABLE
from tests.support import factories, verbs
from tests.unit.api.support import call, said

Roles = Callable[..., Client]

#: The contract's own numbers, not the table's.
HTTP = {
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "invalid": 422,
    "malformed": 400,
    "too_large": 413,
    "conflict": 409,
    "key_reused": 409,
    "stale_plan": 409,
    "rate_limited": 429,
    "busy": 503,
    "unreachable": 503,
    "breaker_open": 503,
    "timeout": 504,
    "device_rejected": 502,
    "indeterminate": 502,
    "internal": 500,
}


def test_the_table_has_no_other_codes() -> None:
    assert {code.value for code in TABLE} == set(HTTP)


@pytest.mark.parametrize("code", list(Code))
def test_each_code_has_its_status(code: Code, as_role: Roles, world: verbs.World) -> None:
    world.then(Failure(code, "This is why."))
    answer = call(as_role("viewer"), "test.note.read")
    assert said(answer) == (HTTP[code.value], code.value)
    assert answer.json()["detail"] == "This is why."
    assert answer.json()["type"] == f"/api/docs/failures#{code.value}"


@pytest.mark.parametrize(("wait", "header"), [(0.2, "1"), (7.0, "7"), (7.2, "8")])
def test_retry_after_is_whole_seconds_rounded_up(
    wait: float, header: str, as_role: Roles, world: verbs.World
) -> None:
    world.then(Failure(Code.BUSY, "Full.", retry_after=wait))
    answer = call(as_role("viewer"), "test.note.read")
    assert answer["Retry-After"] == header
    assert answer.json()["retry_after"] == wait


def test_a_mistake_of_ours_reveals_the_request_id_only(as_role: Roles, world: verbs.World) -> None:
    world.then(ZeroDivisionError("the password is hunter2"))
    answer = call(as_role("viewer"), "test.note.read", X_Request_ID="r-1")
    assert said(answer) == (500, "internal")
    assert "hunter2" not in answer.content.decode()
    assert "r-1" in answer.json()["detail"]


def test_a_mistake_outside_the_door_is_a_problem_too(
    as_role: Roles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr("apps.api.tokens.described", broken)
    answer = as_role().get("/api/v1/auth/me")
    assert said(answer) == (500, "internal")
    assert "inside" not in answer.content.decode()


def test_without_the_database_everything_is_busy(
    as_role: Roles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("connection refused")

    client = as_role()
    monkeypatch.setattr("apps.api.auth.authenticate", away)
    for answer in (client.get("/api/v1/jobs/"), call(client, "system.ping")):
        assert said(answer) == (503, "busy")
        assert answer["Retry-After"] == "2"
        assert "refused" not in answer.json()["detail"]


def test_the_limiter_says_when_to_come_again(
    as_role: Roles, world: verbs.World, settings: Any
) -> None:
    settings.CONFIG = factories.config(api_rate_limit_rpm=60, api_rate_limit_burst=5)
    client = as_role("viewer")
    answers = [call(client, "test.note.read") for _ in range(7)]
    assert [one.status_code for one in answers[:5]] == [200] * 5
    assert said(answers[-1]) == (429, "rate_limited")
    assert int(answers[-1]["Retry-After"]) >= 1
    assert answers[-1].json()["retryable"] is True


BODIES = [
    (b"{", "malformed", 400),
    (b"[]", "malformed", 400),
    (b'"text"', "malformed", 400),
    (b'{"input": {"text": "\xff"}}', "malformed", 400),
    (b'{"input": {"text": "a\\u0000b"}}', "malformed", 400),
    (b'{"input": {"text": "\\ud800"}}', "malformed", 400),
    (b'{"input": []}', "invalid", 422),
    (b'{"input": {}, "dry_run": "yes"}', "invalid", 422),
    (b'{"input": {}, "confirmation": 5}', "invalid", 422),
    (b'{"text": "hi"}', "invalid", 422),
]


@pytest.mark.parametrize(("raw", "code", "status"), BODIES)
def test_a_body_that_cannot_be_taken(
    raw: bytes, code: str, status: int, as_role: Roles, world: verbs.World
) -> None:
    answer = as_role().post(
        "/api/v1/operations/test.note.write", data=raw, content_type="application/json"
    )
    assert said(answer) == (status, code)
    assert (world.done, AuditLog.system.count()) == ([], 0)


def test_a_written_backslash_is_not_a_nul(as_role: Roles, world: verbs.World) -> None:
    raw = rb'{"input": {"text": "C:\\u0000"}}'
    answer = as_role().post(
        "/api/v1/operations/test.note.write", data=raw, content_type="application/json"
    )
    assert answer.json()["output"]["text"] == r"C:\u0000"


def test_an_unknown_field_of_the_envelope_gets_a_guess(as_role: Roles, world: verbs.World) -> None:
    answer = call(as_role(), "test.note.write", {"input": {}, "dryrun": True})
    error = answer.json()["errors"][0]
    assert error["path"] == "dryrun"
    assert "'dry_run'" in error["message"]
    assert error["allowed"] == "input, dry_run, confirmation, reason"


def test_an_unknown_field_of_the_input_gets_a_guess(as_role: Roles, world: verbs.World) -> None:
    answer = call(as_role(), "test.note.write", {"input": {"txet": "x"}})
    assert said(answer) == (422, "invalid")
    assert "'text'" in answer.json()["errors"][0]["message"]


def test_a_wrong_type_names_the_field(as_role: Roles, world: verbs.World) -> None:
    answer = call(as_role(), "test.note.write", {"input": {"text": 5}})
    assert [one["path"] for one in answer.json()["errors"]] == ["text"]


def test_a_body_above_a_mebibyte_is_too_large(as_role: Roles, world: verbs.World) -> None:
    padding = "x" * 1_048_577
    answer = call(as_role(), "test.note.write", {"input": {"text": padding}})
    assert said(answer) == (413, "too_large")
    assert "1048576" in answer.json()["detail"]


def test_a_form_is_no_json(as_role: Roles, world: verbs.World) -> None:
    answer = as_role().post("/api/v1/operations/test.note.write", {"text": "x"})
    assert said(answer) == (415, "malformed")


def test_a_wrong_method_names_the_right_one(as_role: Roles) -> None:
    client = as_role()
    for method, address, allowed in (
        ("get", "/api/v1/operations/system.ping", "POST"),
        ("post", "/api/v1/operations/", "GET, HEAD"),
        ("get", "/api/v1/auth/token", "POST"),
        ("delete", "/api/v1/auth/me", "GET, HEAD"),
        ("put", "/api/schema/", "GET, HEAD"),
    ):
        answer = getattr(client, method)(address)
        assert said(answer) == (405, "malformed")
        assert answer["Allow"] == allowed


def test_resources_are_read_only(as_role: Roles) -> None:
    answer = as_role("admin").post("/api/v1/jobs/", {}, content_type="application/json")
    assert said(answer) == (405, "malformed")
    assert "POST" not in answer["Allow"]


def test_an_unknown_address_is_a_problem(as_role: Roles) -> None:
    assert said(as_role().get("/api/v1/jbos/")) == (404, "not_found")


def test_a_foreign_host_is_a_problem(as_role: Roles) -> None:
    answer = as_role().get("/api/v1/jobs/", headers={"Host": "evil.example"})
    assert said(answer) == (400, "malformed")


def test_unknown_operations_and_closed_faces_sound_alike(
    as_role: Roles, world: verbs.World
) -> None:
    client = as_role("admin")
    absent, closed = call(client, "test.note.nope"), call(client, "test.note.private")
    assert said(absent) == said(closed) == (404, "not_found")
    words = {one.json()["detail"].replace("nope", "private") for one in (absent, closed)}
    assert len(words) == 1


def test_a_missing_permission_is_written_down(as_role: Roles, world: verbs.World) -> None:
    answer = call(as_role("viewer"), "test.note.write")
    assert said(answer) == (403, "forbidden")
    assert "fleet.operate" in answer.json()["detail"]
    assert verbs.entries() == [("denied", "forbidden")]
    assert world.done == []


def test_a_foreign_device_and_no_device_sound_alike(
    as_role: Roles, world: verbs.World, tenant: Tenant
) -> None:
    theirs = factories.device(factories.tenant())
    nowhere = "0199aaaa-0000-7000-8000-000000000000"
    client = as_role()
    answers = [
        call(client, "test.unit.tag", {"input": {"devices": [number]}})
        for number in (str(theirs.id), nowhere)
    ]
    assert [said(one) for one in answers] == [(404, "not_found")] * 2
    first, second = (one.json()["detail"] for one in answers)
    assert first.replace(str(theirs.id), nowhere) == second
