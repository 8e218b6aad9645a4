"""Every verdict leaves through the door counted, and a database that is away is said plainly."""

import pytest
from django.db import InterfaceError, OperationalError
from prometheus_client import REGISTRY

from apps.accounts.models import Tenant
from apps.kernel.errors import Code, Failure, FieldError
from apps.operations import door, failures
from apps.operations.failures import TABLE, is_retryable, problem
from tests.support import factories
from tests.support.verbs import World


def counted(operation: str, verdict: str) -> float:
    labels = {"operation": operation, "face": "rest", "verdict": verdict}
    return REGISTRY.get_sample_value("operation_calls_total", labels) or 0.0


def test_verdicts_are_counted(world: World, tenant: Tenant) -> None:
    operator, viewer = (factories.actor_of(role, tenant) for role in ("operator", "viewer"))
    before = {word: counted("test.note.write", word) for word in ("ok", "forbidden")}
    world.call("test.note.write", {}, operator)
    with pytest.raises(Failure):
        world.call("test.note.write", {}, viewer)
    assert counted("test.note.write", "ok") == before["ok"] + 1
    assert counted("test.note.write", "forbidden") == before["forbidden"] + 1


def test_made_up_names_do_not_become_labels(world: World, tenant: Tenant) -> None:
    with pytest.raises(Failure):
        world.call("test.made.up", {}, factories.actor_of("operator", tenant))
    assert counted("test.made.up", "not_found") == 0
    assert counted("unknown", "not_found") >= 1


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_absent_database_is_busy(
    world: World, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def away(*_: object) -> None:
        raise error

    monkeypatch.setattr(door, "perform", away)
    with pytest.raises(Failure) as caught:
        world.call("test.note.write", {}, factories.actor_of("operator", tenant))
    assert caught.value.code is Code.BUSY
    assert caught.value.retry_after == 2


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_its_row(code: Code) -> None:
    row = TABLE[code]
    assert 400 <= row.http < 600
    assert row.title
    assert row.rpc is None or -33000 < row.rpc < -32000


def test_problem_document_says_what_to_do() -> None:
    failure = Failure(
        Code.INVALID,
        "text: is odd.",
        errors=[FieldError("text", "is odd.", "even"), FieldError("more", "no.")],
        retry_after=1.23456,
    )
    body = problem(failure, "r1")
    assert (body["status"], body["code"], body["request_id"]) == (422, "invalid", "r1")
    assert body["errors"] == [
        {"path": "text", "message": "is odd.", "allowed": "even"},
        {"path": "more", "message": "no."},
    ]
    assert body["retry_after"] == 1.235
    assert not body["retryable"]
    assert "retry_after" not in problem(Failure(Code.CONFLICT, "x"), "")


def test_one_failure_may_differ_from_its_table_row() -> None:
    assert not is_retryable(Failure(Code.TIMEOUT, "x"))
    assert is_retryable(Failure(Code.TIMEOUT, "x", retryable=True))
    assert is_retryable(Failure(Code.BUSY, "x"))
    assert "r7" in failures.internal("r7").detail
