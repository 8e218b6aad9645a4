"""Tools that tell or ask their caller something before they answer."""

import asyncio
from typing import Any, Final

import mcp_types as types
from mcp.shared.exceptions import MCPError
from mcp_types import MISSING_REQUIRED_CLIENT_CAPABILITY

from apps.mcp.extras import Extra
from tests.support.conformance.fitting import Answer, Ctx, said, tool

#: Seconds between two things that are told.
PAUSE: Final = 0.05
_TEXT: Final = {"type": "string"}


async def logging(ctx: Ctx, params: types.CallToolRequestParams) -> types.CallToolResult:
    for words in ("started", "processing", "completed"):
        await ctx.session.send_log_message(
            "info", f"Tool {words}", related_request_id=ctx.request_id
        )
        await asyncio.sleep(PAUSE)
    return said("Tool with logging executed successfully")


async def progress(ctx: Ctx, params: types.CallToolRequestParams) -> types.CallToolResult:
    for done in (0, 50, 100):
        await ctx.session.report_progress(done, 100, f"Completed step {done} of 100")
        await asyncio.sleep(PAUSE)
    return said("done")


async def sampling(ctx: Ctx, params: types.CallToolRequestParams) -> types.CallToolResult:
    prompt = types.TextContent(type="text", text=str((params.arguments or {})["prompt"]))
    result = await ctx.session.create_message(
        [types.SamplingMessage(role="user", content=prompt)],
        max_tokens=100,
        related_request_id=ctx.request_id,
    )
    return said(f"LLM response: {result.content}")


async def elicit(ctx: Ctx, message: str, properties: dict[str, Any]) -> types.CallToolResult:
    schema = {"type": "object", "properties": properties, "required": []}
    answer = await ctx.session.elicit_form(message, schema, related_request_id=ctx.request_id)
    return said(f"Elicitation completed: action={answer.action}, content={answer.content}")


async def elicitation(ctx: Ctx, params: types.CallToolRequestParams) -> types.CallToolResult:
    message = str((params.arguments or {})["message"])
    return await elicit(ctx, message, {"username": _TEXT, "email": _TEXT})


async def defaults(ctx: Ctx, params: types.CallToolRequestParams) -> types.CallToolResult:
    states = ["active", "inactive", "pending"]
    return await elicit(
        ctx,
        "Please provide user information",
        {
            "name": {"type": "string", "default": "John Doe"},
            "age": {"type": "integer", "default": 30},
            "score": {"type": "number", "default": 95.5},
            "status": {"type": "string", "enum": states, "default": "active"},
            "verified": {"type": "boolean", "default": True},
        },
    )


def titled(*names: str) -> list[dict[str, str]]:
    return [{"const": name, "title": name.title()} for name in names]


async def enums(ctx: Ctx, params: types.CallToolRequestParams) -> types.CallToolResult:
    options = ["option1", "option2", "option3"]
    old = {"enum": ["opt1", "opt2", "opt3"], "enumNames": ["One", "Two", "Three"]}
    choices = titled("value1", "value2", "value3")
    return await elicit(
        ctx,
        "Please select",
        {
            "untitledSingle": {"type": "string", "enum": options},
            "titledSingle": {"type": "string", "oneOf": choices},
            "legacyEnum": {"type": "string", **old},
            "untitledMulti": {"type": "array", "items": {"type": "string", "enum": options}},
            "titledMulti": {"type": "array", "items": {"anyOf": choices}},
        },
    )


async def reconnection(ctx: Ctx, params: types.CallToolRequestParams) -> types.CallToolResult:
    if ctx.close_sse_stream is not None:
        await ctx.close_sse_stream()
    await asyncio.sleep(PAUSE)
    return said("Reconnection test completed")


async def missing(ctx: Ctx, params: types.CallToolRequestParams) -> types.CallToolResult:
    wanted = types.ClientCapabilities(sampling=types.SamplingCapability())
    if not ctx.session.check_client_capability(wanted):
        raise MCPError(
            MISSING_REQUIRED_CLIENT_CAPABILITY,
            "This tool needs a client that samples.",
            {"requiredCapabilities": {"sampling": {}}},
        )
    return said("The client samples.")


ANSWERS: Final[dict[str, Answer]] = {
    "test_tool_with_logging": logging,
    "test_tool_with_progress": progress,
    "test_sampling": sampling,
    "test_elicitation": elicitation,
    "test_elicitation_sep1034_defaults": defaults,
    "test_elicitation_sep1330_enums": enums,
    "test_reconnection": reconnection,
    "test_missing_capability": missing,
    "test_logging_tool": logging,
}
_ARGUMENTS: Final = {"test_sampling": {"prompt": _TEXT}, "test_elicitation": {"message": _TEXT}}
TOOLS: Final = tuple(Extra(tool(name, **_ARGUMENTS.get(name, {}))) for name in ANSWERS)
