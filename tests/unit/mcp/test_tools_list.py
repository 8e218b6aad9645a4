"""The tools an assistant is offered."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from mcp.shared.inbound import x_mcp_header_map

from apps.kernel.actor import anonymous_actor
from apps.kernel.errors import Failure
from apps.mcp.schemas import RESERVED, reserved_of
from apps.mcp.tools import Book, book, contract, tool_name
from apps.mcp.toolsets import Toolset
from apps.operations import catalogue as catalogues
from apps.operations.admit import ANONYMOUS
from apps.operations.catalogue import Catalogue, installed
from apps.operations.core import DeclarationError, Face
from tests.support import verbs
from tests.unit.mcp.asking import ask
from tests.unit.mcp.conftest import KeyOf

NAME = re.compile(r"^[a-z0-9_]{1,40}$")


@pytest.fixture
def tools(world: verbs.World) -> dict[str, dict[str, Any]]:
    return {tool["name"]: tool for tool in contract()}


def listed(key: str) -> set[str]:
    reply = ask(key, "tools/list", headers={"x-mcp-toolset": "all"})
    return {tool["name"] for tool in reply.result["tools"]}


def test_names_suit_every_model_and_titles_keep_the_dots() -> None:
    for tool in contract():
        assert NAME.match(tool["name"])
        assert tool_name(tool["title"]) == tool["name"]
        assert tool["title"] in tool["aliases"]


def test_schemas_are_valid_and_self_contained() -> None:
    for tool in contract():
        for schema in (tool["inputSchema"], tool["outputSchema"]):
            Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object"
            text = json.dumps(schema)
            for reference in re.findall(r'"#/\$defs/([^"]+)"', text):
                assert reference in schema["$defs"]


def test_no_tool_wants_arguments_said_in_headers() -> None:
    """The thin path does not compare them."""
    assert not any(x_mcp_header_map(tool["inputSchema"]) for tool in contract())


def test_the_contract_is_the_same_each_time() -> None:
    assert contract() == contract()
    assert [tool["name"] for tool in contract()] == sorted(tool["name"] for tool in contract())


def test_descriptions_are_short_sentences() -> None:
    for tool in contract():
        assert tool["description"].endswith(".")
        assert len(tool["description"]) < 300


@pytest.mark.usefixtures("path")
def test_a_role_sees_what_it_may_call(key_of: KeyOf, world: verbs.World) -> None:
    viewer, operator = listed(key_of("viewer")), listed(key_of("operator"))
    assert "test_note_read" in viewer
    assert "test_note_write" not in viewer
    assert "test_note_write" in operator
    assert "test_note_private" not in operator


@pytest.mark.usefixtures("path")
def test_lists_are_private_to_the_caller(key_of: KeyOf) -> None:
    result = ask(key_of(), "tools/list").result
    assert result["cacheScope"] == "private"
    assert result["ttlMs"] > 0


def test_hints_come_from_danger_and_repeat(tools: dict[str, dict[str, Any]]) -> None:
    hints = {name: tool["annotations"] for name, tool in tools.items()}
    assert hints["test_note_read"]["readOnlyHint"] is True
    assert hints["test_note_write"]["readOnlyHint"] is False
    assert hints["test_note_write"]["destructiveHint"] is False
    assert hints["test_note_write"]["idempotentHint"] is True
    assert hints["test_unit_reboot"]["destructiveHint"] is True
    assert hints["test_work_once"]["idempotentHint"] is False


@pytest.mark.parametrize(
    ("tool", "shown"),
    [
        ("test.note.read", ()),
        ("test.note.write", ("reason",)),
        ("test.note.keyed", ("idempotency_key", "reason")),
        ("test.unit.tag", ("dry_run", "confirmation", "reason")),
        ("test.unit.reboot", ("dry_run", "confirmation", "reason")),
    ],
)
def test_reserved_arguments_are_shown_where_they_make_sense(
    world: verbs.World, tool: str, shown: tuple[str, ...]
) -> None:
    assert reserved_of(installed().get(tool)) == shown


def test_a_needed_key_is_required(tools: dict[str, dict[str, Any]]) -> None:
    assert tools["test_note_keyed"]["inputSchema"]["required"] == ["idempotency_key"]
    assert "required" not in tools["test_note_write"]["inputSchema"]


def test_statuses_say_how_a_call_can_end(tools: dict[str, dict[str, Any]]) -> None:
    def statuses(name: str) -> list[str]:
        return list(tools[name]["outputSchema"]["properties"]["status"]["enum"])

    assert statuses("test_note_read") == ["ok", "error"]
    assert statuses("test_work_run") == ["ok", "accepted", "error"]
    assert "needs_confirmation" in statuses("test_unit_reboot")
    assert "needs_approval" in statuses("test_unit_wipe")


def test_optional_arguments_are_no_unions_with_null() -> None:
    for tool in contract():
        assert '"null"' not in json.dumps(tool["inputSchema"])


@pytest.fixture
def two_alike() -> Catalogue:
    """A catalogue in which two names become one as tools."""
    made = Catalogue()
    found = {one.name: one for one in verbs.operations(verbs.World())}
    note = found["test.note.read"]
    made.add((replace(note, name="test.a_b.c"), replace(note, name="test.a.b_c")))
    return made


def test_two_operations_may_not_share_a_tool_name(two_alike: Catalogue) -> None:
    with pytest.raises(DeclarationError, match="test_a_b_c"):
        Book(two_alike)


def test_the_book_follows_the_installed_catalogue(world: verbs.World) -> None:
    before = book()
    catalogues.install(Catalogue().freeze())
    assert book() is not before
    assert list(book()) == []


@given(st.text(max_size=60))
def test_no_name_breaks_the_search(name: str) -> None:
    found = book().find(name)
    assert found is None or Face.MCP in found.operation.faces
    if found is None or found.operation.name not in ANONYMOUS:
        with pytest.raises(Failure, match="There is no tool"):
            book().require(name, anonymous_actor(), Toolset())


def test_reserved_names_are_described() -> None:
    assert all(schema["description"].endswith(".") for schema in RESERVED.values())


def test_every_argument_is_described_in_a_sentence() -> None:
    for tool in contract():
        for name, field in tool["inputSchema"]["properties"].items():
            said = field.get("description", "")
            assert said.endswith((".", "?")), f"{tool['name']} {name}"
            assert len(said) <= 200
