"""The tools that the Tasks scenarios of the conformance suite want, made of real jobs."""

import time
from typing import Any, Final

import mcp_types as types
from mcp.server.lowlevel import Server

from apps.jobs.models import Job
from apps.jobs.transitions import OPEN
from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.mcp.extras import Extra
from apps.mcp.tasks.negotiation import Ctx, declared, missing
from apps.operations import catalogue
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
from apps.operations.steps import run_job
from apps.operations.tasks import recover
from tests.support.conformance.fitting import said, tool
from tests.support.conformance.rounds import given, question, wanted

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
    answer = ctx.answers.get("sure")
    if answer is None:
        return Ask({"sure": Question(message=f"Delete {data.filename}?", fields=SURE)}, {})
    done = answer.action == "accept" and bool((answer.content or {}).get("confirm"))
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


def _job(name: str, given: type[Schema], handler: Any, *aliases: str) -> Operation[Any, Any]:
    return Operation(
        name=f"fixture.{name}",
        aliases=aliases,
        summary="A fixture.",
        input=given,
        output=FixtureOut,
        handler=handler,
        permission="jobs.operate",
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        mode=Mode.JOB,
        faces=frozenset({Face.MCP}),
    )


OPERATIONS = (
    _job("slow_compute", FixtureComputeIn, slow_compute, "slow_compute"),
    _job("failing_job", FixtureNothingIn, failing_job),
    _job("protocol_error_job", FixtureNothingIn, protocol_error_job, "protocol_error_job"),
    _job("confirm_delete", FixtureFileIn, confirm_delete, "confirm_delete"),
    _job("multi_input", FixtureNothingIn, multi_input, "multi_input"),
    _job("test_tool_with_task", FixtureNameIn, with_task, "test_tool_with_task"),
)


def installed_too() -> None:
    """Have the catalogue of this process hold the fixtures besides what it has."""
    made = catalogue.Catalogue()
    made.add(tuple(catalogue.installed()))
    made.add(OPERATIONS)
    catalogue.install(made.freeze())


def fit(made: Server[Any]) -> None:
    """`failing_job` wants tasks, and `test_tool_with_task` a name before its job is begun."""
    before = made.get_request_handler("tools/call")
    assert before

    async def handler(ctx: Ctx, params: types.CallToolRequestParams) -> Any:
        if params.name == "failing_job":
            if not declared(ctx):
                raise missing()
            params = params.model_copy(update={"name": "fixture_failing_job"})
        if params.name == "test_tool_with_task":
            found = given(params, "user_name")
            if found is None:
                return wanted(user_name=question("What is your name?", "name"))
            named = {"user_name": (found["user_name"].content or {}).get("name", "")}
            return await before.handler(ctx, params.model_copy(update={"arguments": named}))
        return await before.handler(ctx, params)

    made.add_request_handler("tools/call", types.CallToolRequestParams, handler)


TOOLS: Final = (
    # Without an answer of its own: what wants tasks has to ask the SDK who asks.
    Extra(tool("failing_job")),
    Extra(
        types.Tool(name="greet", description="A fixture.", input_schema=NAME),
        lambda arguments: said(f"Hello, {arguments['name']}!"),
    ),
)


def work() -> None:
    """Run whatever is due, as workers and ticks would, until the process is ended."""
    while True:
        ran = [run_job(job.id) for job in Job.system.filter(state__in=OPEN)]
        recover()
        if not any(ran):
            time.sleep(LOOK)
