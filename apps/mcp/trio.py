"""Three tools that reach all others: search for one, have it described, run it."""

from typing import Any, Final

import mcp_types as types
from pydantic import Field

from apps.mcp.schemas import Json, plain_schema
from apps.operations.core import Schema
from apps.operations.parsing import read

SEARCH: Final = "tools_search"
DESCRIBE: Final = "tools_describe"
RUN: Final = "tools_run"
NAMES: Final = frozenset({SEARCH, DESCRIBE, RUN})
#: A name of a reference server for the first; it is answered, and not listed.
DOCUMENTATION: Final = "get_api_documentation"


class McpToolsSearchIn(Schema):
    """What is looked for."""

    query: str = Field(
        default="",
        max_length=200,
        description="Words that say what you want to do, such as 'pause a schedule'. "
        "Empty: every tool.",
    )
    limit: int = Field(default=10, ge=1, le=100, description="How many tools to name at most.")


class McpToolsDescribeIn(Schema):
    """Which tools."""

    tools: list[str] = Field(
        min_length=1, max_length=5, description="Names, as tools_search gave them."
    )


class McpToolsRunIn(Schema):
    """Which tool, with what."""

    tool: str = Field(min_length=1, max_length=100, description="Name of the tool.")
    arguments: dict[str, Any] = Field(
        default={},
        description="Its arguments, as tools_describe tells them; `confirmation` and "
        "`idempotency_key` belong here too.",
    )


def unwrapped(name: str, arguments: Json) -> tuple[str, Json]:
    """The call that `tools_run` carries; any other call as it is. Raises `invalid`."""
    if name != RUN:
        return name, arguments
    asked = read(McpToolsRunIn, arguments)
    return asked.tool, asked.arguments


_STATUS: Final[Json] = {"type": "string", "description": "How it ended."}


def _output(tools: str, **others: Json) -> Json:
    listed: Json = {"type": "array", "items": {"type": "object"}, "description": tools}
    output = {
        "type": "object",
        "properties": {"tools": listed, **others},
        "description": "Its answer.",
    }
    return {
        "type": "object",
        "properties": {"status": {**_STATUS, "enum": ["ok", "error"]}, "output": output},
        "required": ["status"],
    }


def _tool(name: str, words: str, model: type[Schema], output: Json, *, reads: bool) -> types.Tool:
    return types.Tool(
        name=name,
        title=name.replace("_", "."),
        description=words,
        input_schema=plain_schema(model),
        output_schema=output,
        annotations=types.ToolAnnotations(
            title=name.replace("_", "."),
            read_only_hint=reads,
            destructive_hint=not reads,
            idempotent_hint=reads,
            open_world_hint=False,
        ),
    )


_FINDING: Final = (
    _tool(
        SEARCH,
        "Find tools that are not listed here, by words. More can be done than the list shows: "
        "search before you say that something cannot be done.",
        McpToolsSearchIn,
        _output(
            "Names and what they do, the best first.",
            total={"type": "integer", "description": "How many fit in all."},
        ),
        reads=True,
    ),
    _tool(
        DESCRIBE,
        "Show the arguments, the answer and the hints of tools, by name.",
        McpToolsDescribeIn,
        _output("Each as a list of tools would show it."),
        reads=True,
    ),
)


def _running(*, reads: bool) -> types.Tool:
    return _tool(
        RUN,
        "Run any tool by name, listed here or not. Answers as that tool would, with the same "
        "plans, confirmations and approvals.",
        McpToolsRunIn,
        {"type": "object", "properties": {"status": _STATUS}, "required": ["status"]},
        reads=reads,
    )


_ALL: Final = (*_FINDING, _running(reads=False))
_READING: Final = (*_FINDING, _running(reads=True))


def tools(*, readonly: bool) -> tuple[types.Tool, ...]:
    """The three; where only reading is let through, running changes nothing either."""
    return _READING if readonly else _ALL
