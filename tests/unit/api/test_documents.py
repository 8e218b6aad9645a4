"""The OpenAPI document and the pages about it are complete and say nothing wrong."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.api.checks import TAKEN, clashes, unique_schema_names
from apps.api.documents import type_of
from apps.api.schema import document
from apps.operations.catalogue import installed
from apps.operations.core import Face, Schema
from apps.operations.failures import TABLE


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    return document()


def test_it_is_openapi_3_1(openapi: dict[str, Any]) -> None:
    assert openapi["openapi"].startswith("3.1")
    assert set(openapi["components"]["securitySchemes"]) == {"apiKey", "bearer", "session"}


def test_every_operation_of_rest_has_its_path(openapi: dict[str, Any]) -> None:
    expected = {f"/api/v1/operations/{one.name}" for one in installed() if Face.REST in one.faces}
    found = {path for path in openapi["paths"] if path.startswith("/api/v1/operations/")}
    assert found - {"/api/v1/operations/"} == expected


def test_an_operation_shows_input_output_and_failures(openapi: dict[str, Any]) -> None:
    ping = openapi["paths"]["/api/v1/operations/system.ping"]["post"]
    body = ping["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["input"] == {"$ref": "#/components/schemas/SystemPingIn"}
    done = ping["responses"]["200"]["content"]["application/json"]["schema"]
    assert done["allOf"][1]["properties"]["output"]["$ref"].endswith("/SystemPingOut")
    assert ping["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
    assert {} in ping["security"]


def test_every_reference_leads_somewhere(openapi: dict[str, Any]) -> None:
    text = str(openapi)
    names = set(re.findall(r"#/components/schemas/([A-Za-z0-9_.-]+)", text))
    assert len(names) > 20
    assert names <= set(openapi["components"]["schemas"])


def test_operation_ids_are_unique(openapi: dict[str, Any]) -> None:
    ids = [one["operationId"] for path in openapi["paths"].values() for one in path.values()]
    assert len(ids) == len(set(ids))


def test_lists_show_their_filters_and_pages(openapi: dict[str, Any]) -> None:
    listing = openapi["paths"]["/api/v1/devices/"]["get"]
    names = {one["name"] for one in listing["parameters"]}
    assert {"cursor", "limit", "liveness", "site"} <= names
    page = listing["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(page["properties"]) == {"items", "next"}
    single = openapi["paths"]["/api/v1/devices/{id}/"]["get"]["parameters"]
    assert [one["schema"]["format"] for one in single] == ["uuid"]


@pytest.mark.django_db
def test_the_pages_load_nothing_foreign(client: Client) -> None:
    for name in ("api-docs", "api-failures"):
        answer = client.get(reverse(name))
        text = answer.content.decode()
        assert answer.status_code == 200
        assert "<script" not in text
        assert "style=" not in text
        assert not re.search(r"(src|href)=\"(https?:)?//", text)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.django_db
def test_the_reference_names_every_operation(client: Client) -> None:
    text = client.get("/api/docs/").content.decode()
    for one in installed():
        assert (f'id="{one.name}"' in text) is (Face.REST in one.faces)


@pytest.mark.django_db
def test_the_type_of_a_problem_leads_to_its_row(client: Client) -> None:
    text = client.get("/api/docs/failures").content.decode()
    assert [code for code in TABLE if f'id="{code.value}"' not in text] == []


def test_schema_names_of_the_product_are_unique() -> None:
    assert unique_schema_names() == []


def test_two_schemas_of_a_name_are_an_error() -> None:
    first = type("TwinIn", (Schema,), {})
    second = type("TwinIn", (Schema,), {})
    found = clashes([first, first, second])
    assert [one.id for one in found] == [TAKEN]
    assert clashes([first, first]) == []


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "uuid"}, "uuid"),
        ({"type": "array", "items": {"type": "integer"}}, "list of integer"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number or null"),
        ({"$ref": "#/$defs/Thing"}, "Thing"),
        ({"enum": ["a", "b"]}, "a | b"),
        ({}, "any"),
    ],
)
def test_types_in_words(schema: dict[str, Any], words: str) -> None:
    assert type_of(schema) == words
