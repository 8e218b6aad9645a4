"""Whoever reads a schema, a person or an assistant, is told what each of its fields is."""

from collections.abc import Iterator
from typing import Any, Final, Literal

import pytest
from pydantic import BaseModel

from apps.mcp.tools import contract
from apps.operations.catalogue import installed

Json = dict[str, Any]

#: Longer words are for a page, and cost whoever lists tools.
LONGEST: Final = 140
OPERATIONS: Final = list(installed())
TOOLS: Final = contract()


def fields(schema: Json, where: str) -> Iterator[tuple[str, Json]]:
    """All fields of a schema and of what it holds, with the way to each.

    A name that a caller chooses is no field, and a reference is looked at where it leads.
    """
    for name, found in schema.get("properties", {}).items():
        yield f"{where}.{name}", found
        yield from fields(found, f"{where}.{name}")
    for name, found in schema.get("$defs", {}).items():
        yield from fields(found, name)
    inside = [schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())]
    for found in inside:
        if isinstance(found, dict):
            yield from fields(found, where)


def words_of(field: Json) -> str:
    """What is said of a field itself; what its type says of all its fields is not enough."""
    own = field.get("description", "")
    return own or next(filter(None, map(words_of, field.get("anyOf", ()))), "")


def ill_described(schema: Json, where: str) -> list[str]:
    """The fields of a schema that nobody described in a short sentence."""
    said = ((path, words_of(field)) for path, field in fields(schema, where))
    return [path for path, words in said if not words.endswith(".") or len(words) > LONGEST]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_every_field_of_an_operation_says_what_it_is(operation: Any) -> None:
    sides: tuple[tuple[type[BaseModel], Literal["validation", "serialization"]], ...] = (
        (operation.input, "validation"),
        (operation.output, "serialization"),
    )
    for model, mode in sides:
        assert ill_described(model.model_json_schema(mode=mode), model.__name__) == []


@pytest.mark.parametrize("tool", TOOLS, ids=lambda one: one["name"])
def test_every_field_of_a_tool_says_what_it_is(tool: Json) -> None:
    for side in ("inputSchema", "outputSchema"):
        assert ill_described(tool[side], side) == []


def test_a_field_inside_another_is_found_without_its_words() -> None:
    part = {"properties": {"watts": {"type": "number"}}}
    inner = {"properties": {"volts": {"type": "number", "description": "Volts"}}}
    schema = {
        "$defs": {"Part": part},
        "properties": {
            "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}, "description": "All."},
            "limits": {"anyOf": [inner, {"type": "null"}], "description": "Limits; null: none."},
        },
    }
    assert ill_described(schema, "in") == ["in.limits.volts", "Part.watts"]
