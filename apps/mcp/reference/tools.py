"""The reference of all that assistants get, as Markdown made from the declarations."""

import re
from collections.abc import Iterator
from typing import Final

import mcp_types as types
import orjson

from apps.kernel.errors import Code
from apps.mcp import bulk, prompts, toolsets, trio
from apps.mcp.reference.examples import EXAMPLES
from apps.mcp.reference.markdown import table
from apps.mcp.resources.shelves import SHELVES
from apps.mcp.schemas import Json, may_be_gated
from apps.mcp.tools import Entry, book
from apps.mcp.words import TEXT_MOST
from apps.operations.core import AnyOperation, Mode, Repeat
from apps.operations.failures import TABLE
from apps.operations.parsing import allowed_of, plain

#: What whoever meets a failure does next.
ADVICE: Final[dict[Code, str]] = {
    Code.INVALID: "Put the named fields right; the answer says what each allows.",
    Code.NOT_FOUND: "Look the name up; the answer says the nearest one you may see.",
    Code.FORBIDDEN: "Ask an administrator; nothing was done.",
    Code.CONFLICT: "Wait for, or end, what stands in the way; the answer names it.",
    Code.KEY_REUSED: "Take a new `idempotency_key`: this one belongs to another input.",
    Code.STALE_PLAN: "Call without `confirmation` for a new plan, and show that.",
    Code.RATE_LIMITED: "Wait for `retryAfterMs`; a spent budget comes back with the next hour.",
    Code.BUSY: "Call again after `retry_after` seconds.",
    Code.UNREACHABLE: "Find out why the device is silent before calling again.",
    Code.BREAKER_OPEN: "Wait: the device failed often, and is tried again by itself.",
    Code.TIMEOUT: "Call again only where the answer says that nothing was sent.",
    Code.DEVICE_REJECTED: "Read the device's own words, inside the fence.",
    Code.INDETERMINATE: "Do not repeat it: the device is being asked what is true.",
}
_HEAD: Final = """\
# MCP tools

Made from the declarations by `manage.py contract`; do not edit. How to connect a client:
[connect an assistant](../how-to/connect-an-assistant.md). Names of other servers:
[reference tools](reference-tools.md).

A tool is an operation: the same rights, confirmations and evidence as over REST. What a role does
not allow is no tool of yours: it is not listed, and a call of it is answered like a name that does
not exist. Each name is also accepted with dots (`qsys.control.set`)."""


def document() -> str:
    """The whole page."""
    parts = [
        _HEAD,
        *_toolsets(),
        *_limits(),
        *_failures(),
        *_resources(),
        *_prompts(),
        "## Tools",
        *(part for tool in trio.tools(readonly=False) for part in _own(tool)),
        *(part for entry in book() for part in _tool(entry)),
    ]
    return "\n\n".join(parts) + "\n"


def _toolsets() -> Iterator[str]:
    yield "## Toolsets"
    yield (
        f"`/mcp` lists the set `{toolsets.DEFAULT}`. Others are asked for by address (`/mcp/qsys`, "
        f"`/mcp/qsys/{toolsets.READONLY}`) or by the header `{toolsets.HEADER}: qsys, miners`. A "
        "set decides what is listed; whatever you may call is also reached by `tools_search`, "
        "`tools_describe` and `tools_run`."
    )
    rows = [[f"`{name}`", words, _members(name)] for name, words in toolsets.described()]
    yield table(("set", "what for", "tools"), rows)


def _members(name: str) -> str:
    group = toolsets.GROUPS.get(name)
    if group is None or group.every:
        return ""
    return ", ".join(f"`{one.tool.name}`" for one in book() if group.has(one.operation))


def _limits() -> Iterator[str]:
    yield "## Limits"
    rows = [
        ["calls a minute", "60 for an agent (ten at once), 1,000 for people and keys; settings"],
        ["weight of a call", "a read or a plan 1, a change 2, a disruptive call or a prompt 5"],
        ["an agent's hour", "calls made and devices changed: `accounts.agent.limit`, a tenant's "
         "policy otherwise"],
        ["an answer", f"{bulk.ANSWER_MOST:,} bytes of structured content; longer lists and texts "
         f"are cut, and `more` says where the rest is for {bulk.KEPT_SECONDS // 60} minutes"],
        ["the text of an answer", f"{TEXT_MOST:,} characters of data"],
    ]  # fmt: skip
    yield table(("what", "how much"), rows)


def _failures() -> Iterator[str]:
    yield "## Failures"
    yield (
        "A failed call is a result with `isError`, `code`, `detail` and, for wrong arguments, "
        "`errors` with path, message and what is allowed."
    )
    rows = [
        [f"`{code}`", TABLE[code].title, "yes" if TABLE[code].retryable else "no", advice]
        for code, advice in ADVICE.items()
    ]
    yield table(("code", "meaning", "repeat as it is", "what to do"), rows)


def _resources() -> Iterator[str]:
    yield "## Resources"
    rows = [[f"`{one.uri}`", one.description] for one in SHELVES if one.whole]
    rows += [[f"`{one.template}`", one.single] for one in SHELVES if one.one]
    yield table(("address", "what it is"), rows)


def _prompts() -> Iterator[str]:
    yield "## Prompts"
    rows = [
        [
            f"`{one.name}`",
            one.description,
            ", ".join(f"`{a.name}`{'' if a.required else ' (optional)'}" for a in one.arguments),
        ]
        for one in prompts.PROMPTS
    ]
    yield table(("prompt", "what for", "arguments"), rows)


def _tool(entry: Entry) -> Iterator[str]:
    operation, tool = entry.operation, entry.tool
    yield f"### {tool.name}"
    yield str(tool.description)
    yield "- " + "\n- ".join(_facts(operation))
    if tool.input_schema["properties"]:
        yield _parameters(tool.input_schema)
    example = orjson.dumps(EXAMPLES[operation.name], option=orjson.OPT_INDENT_2).decode()
    yield f"```json\n{example}\n```"
    yield f"Answers: {_answer(operation)}"
    if fields := tool.output_schema and _fields(tool.output_schema):
        yield fields


def _own(tool: types.Tool) -> Iterator[str]:
    yield f"### {tool.name}"
    yield str(tool.description)
    yield _parameters(tool.input_schema)


def _facts(operation: AnyOperation) -> Iterator[str]:
    names = ", ".join(f"`{name}`" for name in (operation.name, *sorted(operation.aliases)))
    yield f"also called {names}"
    yield f"needs `{operation.permission}`; danger {operation.danger.name.lower()}"
    yield {
        Repeat.NATURAL: "may be repeated freely",
        Repeat.KEYED: "repeated with the same `idempotency_key`, it gives the first answer again",
        Repeat.NEVER: "is not repeated by itself",
    }[operation.repeat]
    if operation.mode is Mode.JOB:
        yield "answers with a job"
    else:
        yield f"answers within {operation.time_limit:g} s"
    yield f"may fail with {', '.join(f'`{code}`' for code in codes_of(operation))}"


def codes_of(operation: AnyOperation) -> list[Code]:
    """The failures a call of the operation may meet, from its declaration."""
    gated = may_be_gated(operation)
    meets = {
        Code.INVALID: bool(operation.input.model_fields),
        Code.NOT_FOUND: operation.targets is not None,
        Code.FORBIDDEN: operation.changes,
        Code.CONFLICT: operation.changes,
        Code.KEY_REUSED: operation.changes and operation.repeat is not Repeat.NATURAL,
        Code.STALE_PLAN: gated,
        Code.RATE_LIMITED: True,
        Code.BUSY: not operation.pure,
        Code.UNREACHABLE: operation.device,
        Code.BREAKER_OPEN: operation.device,
        Code.TIMEOUT: operation.device,
        Code.DEVICE_REJECTED: operation.device,
        Code.INDETERMINATE: operation.device and operation.changes,
    }
    return [code for code, met in meets.items() if met]


def _parameters(schema: Json) -> str:
    rows = [
        [f"`{name}`", _takes(schema, node), _needed(schema, name), str(node["description"])]
        for name, node in schema["properties"].items()
    ]
    return table(("parameter", "takes", "needed", "meaning"), rows)


def _needed(schema: Json, name: str) -> str:
    return "yes" if name in schema.get("required", ()) else ""


def _takes(schema: Json, node: Json) -> str:
    found = plain(schema, node)
    takes = allowed_of(found) or "anything"
    if found.get("default") in (None, "", [], {}):
        return takes
    return f"{takes}; `{orjson.dumps(found['default']).decode()}` when left out"


def _answer(operation: AnyOperation) -> str:
    return re.sub(r"\s+", " ", operation.output.__doc__ or "").strip()


def _fields(schema: Json) -> str:
    """The fields of an answer's `output`, and those of what they hold, each with its meaning."""
    output = schema["properties"]["output"]
    rows = [
        [f"`{name}`", plain(schema, field)["description"]]
        for name, field in output.get("properties", {}).items()
    ]
    for kind, inner in schema.get("$defs", {}).items():
        rows += [
            [f"`{name}` of {kind}", plain(schema, field)["description"]]
            for name, field in inner.get("properties", {}).items()
        ]
    return table(("field of `output`", "meaning"), rows) if rows else ""
