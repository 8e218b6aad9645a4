"""JSON Schemas of tools, made from the declared inputs and outputs: short, and self-contained."""

from typing import Any, Final

from pydantic import BaseModel, Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from apps.operations.core import AnyOperation, Danger, Mode, Repeat, Schema
from apps.operations.outcome import Status
from apps.operations.parsing import read

Json = dict[str, Any]


def _text(words: str) -> Json:
    return {"type": "string", "description": words}


#: What is around an output, as it may come; repeated in every tool, so its words are few.
_ENVELOPE: Final[dict[str, Json]] = {
    "call_id": _text("Its id in the audit."),
    "code": _text("Kind of failure."),
    "detail": _text("What to do."),
    "job": {
        "type": "object",
        "description": "The job that goes on.",
        "properties": {"id": _text("For jobs_job_get."), "url": _text("Where REST shows it.")},
    },
    "plan": {"type": "object", "description": "What it would change, and refuse."},
    "confirmation": _text("Give it back to carry the plan out."),
    "expires_at": _text("When that ends."),
    "approval": {"type": "object", "description": "The request that a second person decides."},
}

#: Arguments that every tool takes besides its input; shown where they make sense.
RESERVED: Final[dict[str, Json]] = {
    "dry_run": {
        "type": "boolean",
        "description": "True: answer with the plan and change nothing.",
    },
    "confirmation": {
        "type": "string",
        "description": "The confirmation from this tool's plan. Leave out to get a plan.",
    },
    "idempotency_key": {
        "type": "string",
        "description": "A new text for each intended action; reuse it only to repeat that action.",
    },
    "reason": {"type": "string", "description": "Why, in one sentence. Kept in the audit."},
}


class McpReservedIn(Schema):
    """The reserved arguments of a tool call."""

    dry_run: bool = False
    confirmation: str | None = Field(default=None, max_length=4_000)
    idempotency_key: str | None = Field(default=None, max_length=200)
    reason: str = Field(default="", max_length=500)


_NONE_GIVEN: Final = McpReservedIn()


class _Plain(GenerateJsonSchema):
    """Short and plain: no titles derived from names, no unions with null.

    In an input, leaving a field out says what null would, and several models stumble over
    unions. An output stays open, so that a field added later breaks no client that kept the
    schema.
    """

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        if self.mode == "serialization":
            found.pop("additionalProperties", None)
        return found

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        if self.mode == "validation":
            return inner
        if isinstance(inner.get("type"), str) and "enum" not in inner and "const" not in inner:
            return {**inner, "type": [inner["type"], "null"]}
        return super().nullable_schema(schema)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        if found.get("default", ...) is None:
            del found["default"]
        return found


def _plain(model: type[BaseModel], mode: JsonSchemaMode) -> Json:
    """The model's schema; what the class says about itself is for readers of the code."""
    found = model.model_json_schema(mode=mode, schema_generator=_Plain)
    found.pop("description", None)
    for schema in (found, *found.get("$defs", {}).values()):
        schema.pop("title", None)
    return found


def plain_schema(model: type[BaseModel]) -> Json:
    """The arguments of a tool of the face's own."""
    return _plain(model, "validation")


def reserved_of(operation: AnyOperation) -> tuple[str, ...]:
    """The reserved arguments that make sense for `operation`, in a fixed order.

    An input field of the same name is the operation's own.
    """
    sensible = {
        "dry_run": operation.plan is not None,
        "confirmation": may_be_gated(operation),
        "idempotency_key": operation.changes and operation.repeat is not Repeat.NATURAL,
        "reason": operation.changes,
    }
    taken = operation.input.model_fields
    return tuple(name for name, wanted in sensible.items() if wanted and name not in taken)


def may_be_gated(operation: AnyOperation) -> bool:
    """Whether a call may answer with a plan: always when DISRUPTIVE, sometimes when what it
    carries raises its danger, or when it has a list of targets, which may be longer than the
    tenant lets one person touch."""
    if operation.danger >= Danger.DISRUPTIVE or operation.raised is not None:
        return True
    if not operation.changes or operation.targets is None:
        return False
    fields = _plain(operation.input, "validation").get("properties", {})
    return any(field.get("type") == "array" for field in fields.values())


def input_schema(operation: AnyOperation) -> Json:
    """The arguments of a tool: the operation's input and the reserved arguments."""
    schema = _plain(operation.input, "validation")
    shown = reserved_of(operation)
    properties = {**schema.get("properties", {}), **{name: RESERVED[name] for name in shown}}
    required = list(schema.get("required", ()))
    if operation.repeat is Repeat.KEYED and "idempotency_key" in shown:
        required.append("idempotency_key")
    return {**schema, "properties": properties, **({"required": required} if required else {})}


def output_schema(operation: AnyOperation) -> Json:
    """The body of an answer, as REST gives it: an outcome around the operation's output.

    Failures fit it too, since some clients check them against it.
    """
    output = _plain(operation.output, "serialization")
    definitions = output.pop("$defs", None)
    properties: Json = {
        "status": {
            "enum": [status.value for status in statuses(operation)],
            "description": "How it ended.",
        },
        "output": {**output, "description": "Its answer."},
        **{name: _ENVELOPE[name] for name in ("call_id", "code", "detail")},
    }
    if operation.mode is Mode.JOB:
        properties["job"] = _ENVELOPE["job"]
    if operation.plan is not None or may_be_gated(operation):
        properties["plan"] = _ENVELOPE["plan"]
    if may_be_gated(operation):
        properties |= {name: _ENVELOPE[name] for name in ("confirmation", "expires_at", "approval")}
    schema = {"type": "object", "properties": properties, "required": ["status"]}
    return {**schema, **({"$defs": definitions} if definitions else {})}


def statuses(operation: AnyOperation) -> tuple[Status, ...]:
    """How a call of `operation` can end."""
    found = [Status.OK]
    if operation.plan is not None:
        found.append(Status.PLANNED)
    if operation.mode is Mode.JOB:
        found.append(Status.ACCEPTED)
    if may_be_gated(operation):
        found += [Status.NEEDS_CONFIRMATION, Status.NEEDS_APPROVAL]
    return (*found, Status.ERROR)


def split_arguments(operation: AnyOperation, arguments: Json) -> tuple[Json, McpReservedIn]:
    """A call's arguments as the operation's input and the reserved ones.

    All reserved names are accepted, shown or not; raises `invalid` naming a wrong one.
    """
    own = operation.input.model_fields
    apart = {name for name in RESERVED if name in arguments and name not in own}
    if not apart:
        return arguments, _NONE_GIVEN
    given = {name: value for name, value in arguments.items() if name not in apart}
    return given, read(McpReservedIn, {name: arguments[name] for name in apart})
