"""Schemas as clients get them: short, plain, and true."""

import json
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from apps.kernel.errors import Failure
from apps.mcp.fence import fenced, safe_json
from apps.mcp.schemas import RESERVED, input_schema, output_schema, split_arguments
from apps.mcp.words import TEXT_MOST
from apps.operations.core import Danger, Face, Operation, Repeat, Schema

#: Texts that a truth value is read from.
TRUTH = {"0", "off", "f", "false", "n", "no", "1", "on", "t", "true", "y", "yes"}


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class LampPart(Schema):
    """A part."""

    watts: float | None = None


class LampSetIn(Schema):
    """Which lamp."""

    lamp: str = Field(description="The lamp's name.")
    colour: Colour | None = None
    parts: list[LampPart] = []
    reason: str = Field(default="", description="The lamp's own reason.")


class LampSetOut(Schema):
    """How it is."""

    colour: Colour | None = None
    watts: float | None = None


LAMP: Operation[Any, Any] = Operation(
    name="test.lamp.set",
    summary="Set a lamp.",
    input=LampSetIn,
    output=LampSetOut,
    handler=lambda ctx, data: LampSetOut(),
    permission="test.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NEVER,
    faces=frozenset({Face.MCP}),
)


def test_an_input_has_no_titles_no_nulls_and_no_class_docstring() -> None:
    schema = input_schema(LAMP)
    assert schema["properties"]["lamp"] == {"type": "string", "description": "The lamp's name."}
    assert schema["properties"]["colour"] == {"$ref": "#/$defs/Colour"}
    assert schema["$defs"]["Colour"] == {"enum": ["red", "blue"], "type": "string"}
    assert schema["required"] == ["lamp"]
    assert schema["additionalProperties"] is False
    assert "description" not in schema


def test_an_output_is_open_and_says_null_in_short() -> None:
    schema = output_schema(LAMP)
    output = schema["properties"]["output"]
    assert output["properties"]["watts"]["type"] == ["number", "null"]
    assert "additionalProperties" not in output
    assert schema["$defs"]["Colour"]["enum"] == ["red", "blue"]


def test_a_field_of_the_operation_s_own_is_not_reserved() -> None:
    properties = input_schema(LAMP)["properties"]
    assert properties["reason"]["description"] == "The lamp's own reason."
    assert "idempotency_key" in properties
    given_, reserved = split_arguments(LAMP, {"lamp": "a", "reason": "b", "dry_run": True})
    assert given_ == {"lamp": "a", "reason": "b"}
    assert (reserved.dry_run, reserved.reason) == (True, "")


@given(st.dictionaries(st.sampled_from([*RESERVED, "lamp", "x"]), st.none() | st.text(max_size=9)))
def test_arguments_are_split_without_loss(arguments: dict[str, Any]) -> None:
    own = {name: value for name, value in arguments.items() if name in ("lamp", "x", "reason")}
    wrong = {name for name in set(arguments) - set(own) if not fits(name, arguments[name])}
    if wrong:
        with pytest.raises(Failure) as refused:
            split_arguments(LAMP, arguments)
        assert {error.path for error in refused.value.errors} == wrong
    else:
        assert split_arguments(LAMP, arguments)[0] == own


def fits(name: str, value: str | None) -> bool:
    """Whether a reserved argument takes the value; texts read as truth values are rare."""
    if name != "dry_run":
        return True
    return value is not None and value.lower() in TRUTH


@given(st.text())
def test_no_text_closes_the_fence(text: str) -> None:
    said = fenced({"said": text})
    assert said.count("<") == 2
    assert said.startswith("<data>")
    assert said.endswith("</data>")


@pytest.mark.parametrize("text", ["<script>", "a < b", "</data>"])
def test_escaped_text_reads_back(text: str) -> None:
    assert json.loads(safe_json({"t": text})) == {"t": text}


def test_a_cut_says_how_much_is_missing() -> None:
    said = fenced({"t": "x" * (TEXT_MOST + 100)}, TEXT_MOST)
    assert "108 characters more" in said
