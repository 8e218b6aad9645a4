"""The tools that the Tasks scenarios of the conformance suite want, made of real jobs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import mcp_types as types
from mcp.server.context import CallNext, HandlerResult
from mcp.server.lowlevel import Server

from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.mcp.tasks.negotiation import Ctx, declared, missing
from apps.operations.context import Context
from apps.operations.core import (
    Again,
    Ask,
    Danger,
    Face,
    Mode,
    Operation,
    Question,
    Repeat,
    Schema,
)

LOOK: Final = 0.1
NAME: Final = {"type": "object", "properties": {"name": {"type": "string"}}}
SURE: Final = {"properties": {"confirm": {"type": "boolean"}}, "required": ["confirm"]}


class FixtureComputeIn(Schema):
    """How long it takes, in seconds, and what it is called."""

    seconds: float = 0.0
    label: str = ""


class FixtureFileIn(Schema):
    """A file by name."""

    filename: str


class FixtureNameIn(Schema):
    """Somebody."""

    user_name: str = ""


class FixtureNothingIn(Schema):
    """Nothing."""


class FixtureOut(Schema):
    """What was done."""

    text: str


def slow_compute(ctx: Context, data: FixtureComputeIn) -> FixtureOut | Again:
    """Done when its time is over; between two looks it can be stopped."""
    until = (ctx.state or {}).get("until") or clock.now().timestamp() + data.seconds
    ctx.progress(0, 1, f"Computing {data.label}.")
    if clock.now().timestamp() < until:
        return Again(LOOK, {"until": until})
    return FixtureOut(text=f"computed {data.label}")


def failing_job(ctx: Context, data: FixtureNothingIn) -> FixtureOut | Again:
    """Goes wrong at its second step."""
    if ctx.state is None:
        return Again(LOOK, {"step": 1})
    raise Failure(Code.CONFLICT, "This always goes wrong.")


def protocol_error_job(ctx: Context, data: FixtureNothingIn) -> FixtureOut:
    """A mistake in a handler."""
    raise RuntimeError("a mistake of the fixture's")


def confirm_delete(ctx: Context, data: FixtureFileIn) -> FixtureOut | Ask:
    """Asks whether it should."""
    said = ctx.answers.get("sure")
    if said is None:
        return Ask({"sure": Question(message=f"Delete {data.filename}?", fields=SURE)}, {})
    done = said.action == "accept" and bool((said.content or {}).get("confirm"))
    return FixtureOut(text=f"{data.filename} {'deleted' if done else 'kept'}")


def multi_input(ctx: Context, data: FixtureNothingIn) -> FixtureOut | Ask:
    """Asks two things at once."""
    if not ctx.answers:
        asked = {key: Question(message=f"Your {key}?", fields=NAME) for key in ("first", "last")}
        return Ask(asked, {})
    return FixtureOut(text=", ".join(sorted(ctx.answers)))


def with_task(ctx: Context, data: FixtureNameIn) -> FixtureOut:
    """Greets whom the call named."""
    return FixtureOut(text=f"Hello, {data.user_name}!")


def _job(alias: str, given: type[Schema], handler: Any) -> Operation[Any, Any]:
    return Operation(
        name=f"fixture.{alias}",
        aliases=(alias,),
        summary="A fixture.",
        input=given,
        output=FixtureOut,
        handler=handler,
        permission="jobs.operate",
        danger=Danger.CHANGE,
        repeat=Repeat.NEVER,
        mode=Mode.JOB,
        faces=frozenset({Face.MCP}),
    )


OPERATIONS = (
    _job("slow_compute", FixtureComputeIn, slow_compute),
    _job("failing_job", FixtureNothingIn, failing_job),
    _job("protocol_error_job", FixtureNothingIn, protocol_error_job),
    _job("confirm_delete", FixtureFileIn, confirm_delete),
    _job("multi_input", FixtureNothingIn, multi_input),
    _job("test_tool_with_task", FixtureNameIn, with_task),
)


def install(server: Server[Any]) -> None:
    """Let `server` answer what no operation would."""
    server.middleware.append(fixtures)


async def fixtures(ctx: Ctx, call_next: CallNext) -> HandlerResult:
    """`greet` answers at once, `failing_job` wants tasks, `test_tool_with_task` asks first."""
    params = ctx.params or {}
    name = params.get("name") if ctx.method == "tools/call" else None
    if name == "greet":
        who = (params.get("arguments") or {}).get("name", "")
        content = [types.TextContent(type="text", text=f"Hello, {who}!")]
        return types.CallToolResult(content=content, result_type="complete")
    if name == "failing_job" and not declared(ctx):
        raise missing()
    if name == "test_tool_with_task":
        said = _name_in(params)
        if said is None:
            return _who()
        return await call_next(replace(ctx, params={**params, "arguments": {"user_name": said}}))
    return await call_next(ctx)


def _name_in(params: Mapping[str, Any]) -> str | None:
    said = (params.get("inputResponses") or {}).get("user_name")
    return said["content"]["name"] if said else None


def _who() -> dict[str, Any]:
    asked = {"message": "What is your name?", "requestedSchema": NAME}
    request = {"method": "elicitation/create", "params": {"mode": "form", **asked}}
    return {"resultType": "input_required", "inputRequests": {"user_name": request}}
