"""Calling an operation over REST: one thin view in front of the one door."""

from typing import Any, Final

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel, ConfigDict, StrictBool, ValidationError

from apps.api.auth import caller_or_anonymous, require_caller
from apps.api.describe import described
from apps.api.errors import (
    LARGEST_BODY,
    answer,
    speaks_problems,
    too_large,
    wrong_media_type,
    wrong_method,
)
from apps.api.identity import address, request_id, trace_id
from apps.api.renderers import json_response
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, FieldError, nearest
from apps.operations.call import Call
from apps.operations.catalogue import installed
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.outcome import Outcome, Status

#: What HTTP calls each outcome.
HTTP: Final[dict[Status, int]] = {
    Status.OK: 200,
    Status.PLANNED: 200,
    Status.ACCEPTED: 202,
    Status.NEEDS_CONFIRMATION: 428,
    Status.NEEDS_APPROVAL: 202,
}


class ApiCallIn(BaseModel):
    """The body of a call: the operation's input, and how it is to be treated."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    input: dict[str, Any] = {}
    dry_run: StrictBool = False
    confirmation: str | None = None
    reason: str | None = None


@csrf_exempt
@speaks_problems
def call_operation(request: HttpRequest, name: str) -> HttpResponse:
    """`POST /api/v1/operations/<name>`."""
    if request.method != "POST":
        return answer(request, wrong_method("POST"))
    if not has_json(request):
        return answer(request, wrong_media_type())
    actor = caller_or_anonymous(request)
    return present(invoke(call_of(request, name, actor, body_of(request))))


@speaks_problems
def list_operations(request: HttpRequest) -> HttpResponse:
    """`GET /api/v1/operations/`: what the caller may call, with schemas."""
    if request.method not in ("GET", "HEAD"):
        return answer(request, wrong_method("GET, HEAD"))
    visible = installed().visible_to(require_caller(request), Face.REST)
    return json_response({"items": [described(operation) for operation in visible]})


def has_json(request: HttpRequest) -> bool:
    """Whether the body is JSON, or there is none."""
    return request.content_type == "application/json" or not length(request)


def length(request: HttpRequest) -> int:
    """The announced size of the body in bytes."""
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else 0


def body_of(request: HttpRequest) -> ApiCallIn:
    """The checked envelope; raises `too_large`, `malformed` or `invalid`."""
    if length(request) > LARGEST_BODY:
        raise too_large()
    raw = request.body
    data = readable(raw) if raw else {}
    try:
        return ApiCallIn.model_validate(data)
    except ValidationError as error:
        raise envelope_failure(error) from None


def readable(raw: bytes) -> dict[str, Any]:
    """The body as an object; raises `malformed` with what could not be read."""
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Failure(Code.MALFORMED, f"The body is not JSON: {error}.") from None
    if not isinstance(data, dict):
        raise Failure(Code.MALFORMED, 'The body is not an object such as {"input": {}}.')
    if b"\\u0000" in raw and has_nul(data):
        raise Failure(Code.MALFORMED, "Text with the character U+0000 cannot be stored.")
    return data


def has_nul(value: Any) -> bool:
    """Whether some text in `value` holds U+0000, which PostgreSQL cannot store."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(has_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(has_nul, value))


def envelope_failure(error: ValidationError) -> Failure:
    """What is wrong with the envelope, field by field."""
    known = list(ApiCallIn.model_fields)
    errors = [
        FieldError(
            ".".join(map(str, item["loc"])),
            unknown_field(str(item["loc"][-1]), known)
            if item["type"] == "extra_forbidden"
            else item["msg"],
            ", ".join(known) if item["type"] == "extra_forbidden" else None,
        )
        for item in error.errors(include_url=False)
    ]
    return Failure(Code.INVALID, f"{errors[0].path}: {errors[0].message}", errors=errors)


def unknown_field(name: str, known: list[str]) -> str:
    """The sentence for a field that does not exist; inputs belong under `input`."""
    guess = nearest(name, known)
    hint = f" Did you mean {guess!r}?" if guess else " The operation's own fields go under 'input'."
    return f"is not a field of a call.{hint}"


def call_of(request: HttpRequest, name: str, actor: Actor, body: ApiCallIn) -> Call:
    """The request as a call through the door."""
    return Call(
        operation=name,
        input=body.input,
        actor=actor,
        face=Face.REST,
        key=request.META.get("HTTP_IDEMPOTENCY_KEY"),
        confirmation=body.confirmation,
        dry_run=body.dry_run,
        reason=body.reason or "",
        request_id=request_id(request),
        trace_id=trace_id(request),
        client=request.META.get("HTTP_USER_AGENT", "")[:100],
        address=address(request),
    )


def present(outcome: Outcome) -> HttpResponse:
    """An outcome as an answer; what can be followed has a `Location`."""
    if outcome.status is Status.ERROR:
        raise Failure(Code(outcome.code or Code.INTERNAL), outcome.detail or "It failed.")
    response = json_response(outcome.body(), status=HTTP[outcome.status])
    link = outcome.job or outcome.approval
    if link is not None:
        response["Location"] = link.url
    return response
