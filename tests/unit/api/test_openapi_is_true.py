"""The OpenAPI document is valid 3.1, and what the REST face answers is what it describes."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator, FormatChecker

from apps.accounts.models import Tenant
from apps.api.schema import document
from apps.kernel.ids import new_id
from apps.operations.catalogue import installed
from apps.operations.core import Face
from tests.support import factories
from tests.unit.api.support import call

LISTS = ("sites", "devices", "targets", "jobs", "schedules", "approvals", "audit", "events")


def schemas_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every schema of the document, wherever it hangs."""
    if isinstance(value, dict):
        if isinstance(value.get("schema"), dict):
            yield value["schema"]
        for part in value.values():
            yield from schemas_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from schemas_in(part)


def described(path: str, method: str = "get", status: str = "200") -> Draft202012Validator:
    """What an answer has to look like."""
    answer = document()["paths"][path][method]["responses"][status]
    schema = answer["content"]["application/json"]["schema"]
    whole = {**schema, "components": document()["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker())


def told_in(schema: dict[str, Any]) -> dict[str, Any]:
    """The properties that a reader of an answer may count on."""
    return {
        name: one for name, one in schema["properties"].items() if not one.get("writeOnly", False)
    }


def test_the_document_is_valid_openapi_3_1() -> None:
    validate_schema(document())  # type: ignore[no-untyped-call]


def test_every_schema_is_valid_json_schema() -> None:
    found = [*document()["components"]["schemas"].values(), *schemas_in(document()["paths"])]
    assert len(found) > 200
    for schema in found:
        Draft202012Validator.check_schema(schema)


def test_any_one_credential_is_enough() -> None:
    for path in document()["paths"].values():
        for operation in path.values():
            assert all(len(alternative) <= 1 for alternative in operation["security"])


def test_every_read_may_end_in_a_problem() -> None:
    silent = [
        (path, method)
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
        if "default" not in operation["responses"]
    ]
    assert silent == []


def test_no_output_hides_a_field_that_it_requires() -> None:
    schemas = document()["components"]["schemas"]
    for operation in installed():
        if Face.REST in operation.faces:
            output = schemas[operation.output.__name__]
            assert set(output.get("required", ())) <= set(told_in(output)), operation.name


@pytest.mark.parametrize("name", LISTS)
def test_a_page_is_as_described(as_role: Callable[..., Client], tenant: Tenant, name: str) -> None:
    admin = as_role("admin")
    factories.device(tenant)
    call(admin, "accounts.key.revoke", {"input": {"key": str(new_id())}})
    page = admin.get(f"/api/v1/{name}/").json()
    validator = described(f"/api/v1/{name}/")
    validator.validate(page)
    assert not validator.is_valid([page])
    if name in ("audit", "sites", "devices"):
        assert page["items"]


def test_evidence_with_and_without_before_and_after_is_as_described(
    as_role: Callable[..., Client], tenant: Tenant
) -> None:
    admin = as_role("admin")
    made = call(
        admin, "accounts.tenant.set", {"input": {"batch_threshold": 7}}, Idempotency_Key="t"
    )
    assert made.status_code == 200, made.content
    call(admin, "accounts.key.revoke", {"input": {"key": str(new_id())}})
    rows = admin.get("/api/v1/audit/").json()["items"]
    assert {row["after"] is None for row in rows} == {True, False}
    described("/api/v1/audit/").validate({"items": rows, "next": None})
    one = admin.get(f"/api/v1/audit/{rows[0]['id']}/").json()
    described("/api/v1/audit/{id}/").validate(one)


def test_a_new_key_s_secret_is_described_and_told(
    as_role: Callable[..., Client], tenant: Tenant
) -> None:
    user = factories.user(tenant, "viewer")
    path = "/api/v1/operations/accounts.key.create"
    answer = call(
        as_role("admin"),
        "accounts.key.create",
        {"input": {"name": "script", "user": user.username}},
    )
    assert answer.status_code == 200, answer.content
    body = answer.json()
    described(path, "post").validate(body)
    assert body["output"]["secret"].startswith("cp_")
    shape = document()["components"]["schemas"]["AccountsKeyCreateOut"]
    assert "secret" in told_in(shape)
    assert shape["properties"]["secret"]["type"] == "string"
