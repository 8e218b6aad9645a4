"""Puts a handler in front of the product's own: fixtures by name, all else as it was."""

from collections.abc import Awaitable, Callable
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from pydantic import BaseModel

Ctx = ServerRequestContext[Any, Any]
Answer = Callable[[Ctx, Any], Awaitable[Any]]


def in_front(
    made: Server[Any],
    method: str,
    params: type[BaseModel],
    answer: Answer,
    ours: Callable[[Any], bool] = lambda params: True,
) -> None:
    """Have `answer` take what is `ours`; the handler that was there takes the rest."""
    before = made.get_request_handler(method)

    async def handler(ctx: Ctx, given: Any) -> Any:
        if before is None or ours(given):
            return await answer(ctx, given)
        return await before.handler(ctx, given)

    made.add_request_handler(method, params, handler)


def extend_list(
    made: Server[Any], method: str, empty: BaseModel, field: str, more: list[Any]
) -> None:
    """Have a list end with `more`."""
    before = made.get_request_handler(method)

    async def handler(ctx: Ctx, given: Any) -> Any:
        found = await before.handler(ctx, given) if before else empty
        return found.model_copy(update={field: [*getattr(found, field), *more]})

    made.add_request_handler(method, types.PaginatedRequestParams, handler)


def answer_calls(made: Server[Any], answers: dict[str, Answer]) -> None:
    """Have these tools answered here."""

    async def answer(ctx: Ctx, params: types.CallToolRequestParams) -> Any:
        return await answers[params.name](ctx, params)

    in_front(
        made,
        "tools/call",
        types.CallToolRequestParams,
        answer,
        lambda params: params.name in answers,
    )


def said(text: str, *, is_error: bool = False) -> types.CallToolResult:
    """A result that is one text."""
    content = types.TextContent(type="text", text=text)
    return types.CallToolResult(content=[content], is_error=is_error)


def tool(name: str, **properties: dict[str, Any]) -> types.Tool:
    """A tool whose arguments are all required."""
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if properties:
        schema["required"] = list(properties)
    return types.Tool(name=name, description=f"{name}, for a suite.", input_schema=schema)
