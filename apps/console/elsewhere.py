"""The same call from elsewhere: as a line for a terminal, and as an assistant's tool call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import orjson
from django.http import HttpRequest

from apps.console.calls import Wish
from apps.operations.core import AnyOperation, Face
from apps.operations.parsing import read


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Texts to copy; empty for a face that does not offer the operation."""

    curl: str
    tool: str

    @classmethod
    def of(cls, request: HttpRequest, operation: AnyOperation, wish: Wish) -> Self:
        """The call with its secrets left out; raises `invalid` for an input that cannot be sent."""
        shown = without_secrets(operation, wish.input)
        origin = f"{request.scheme}://{request.get_host()}"
        return cls(as_curl(operation, shown, wish.reason, origin), as_tool(operation, shown))


def without_secrets(operation: AnyOperation, data: Mapping[str, Any]) -> dict[str, Any]:
    """The input as the operation's own model shows it: secret types come out as asterisks."""
    return read(operation.input, data).model_dump(mode="json", exclude_unset=True)


def as_curl(operation: AnyOperation, shown: Mapping[str, Any], reason: str, origin: str) -> str:
    """The call for a terminal; `shown` is the input without its secrets."""
    if Face.REST not in operation.faces:
        return ""
    whole = {"input": shown, "reason": reason} if reason else {"input": shown}
    body = orjson.dumps(whole).decode().replace("'", "'\\''")
    return (
        f"curl -X POST {origin}/api/v1/operations/{operation.name} \\\n"
        '  -H "X-API-Key: $CONTROLPLANE_KEY" \\\n'
        '  -H "Content-Type: application/json" -H "Idempotency-Key: $(uuidgen)" \\\n'
        f"  -d '{body}'"
    )


def as_tool(operation: AnyOperation, shown: Mapping[str, Any]) -> str:
    """The call for an assistant."""
    if Face.MCP not in operation.faces:
        return ""
    body = {"name": operation.name, "arguments": dict(shown)}
    return orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()
