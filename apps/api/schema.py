"""The OpenAPI 3.1 document: resources as drf-spectacular sees them, and every operation."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from apps.api.operations import ApiCallIn
from apps.operations.catalogue import installed
from apps.operations.core import AnyOperation, Face, Repeat
from apps.operations.failures import TABLE
from apps.operations.outcome import Outcome

REF: Final = "#/components/schemas/{model}"
SECURITY: Final[list[dict[str, list[str]]]] = [{"apiKey": []}, {"bearer": []}, {"session": []}]
ANONYMOUS: Final = frozenset({"system.ping", "system.health"})
Models = Mapping[tuple[Any, JsonSchemaMode], dict[str, Any]]

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457 problem document.",
    "required": ["type", "title", "status", "detail", "code", "retryable", "errors", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence that says what to do."},
        "code": {"type": "string", "enum": [code.value for code in TABLE]},
        "retryable": {"type": "boolean"},
        "retry_after": {"type": "number", "description": "Seconds."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {
                    "path": {"type": "string"},
                    "message": {"type": "string"},
                    "allowed": {"type": "string"},
                },
            },
        },
        "request_id": {"type": "string"},
    },
}
KEY_HEADER: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "New for each intended action; the same key gets the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


_OBJECT: Final[dict[str, Any]] = {"type": "object"}


def _plain(words: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "summary": words,
        "security": SECURITY,
        "responses": {
            "200": {"description": words, "content": {"application/json": {"schema": schema}}},
            "default": {"$ref": "#/components/responses/Problem"},
        },
        **more,
    }


#: Views that need no DRF, and so are unknown to drf-spectacular.
PLAIN_PATHS: Final[dict[str, Any]] = {
    "/api/v1/auth/me": {
        "get": _plain("Who the credential is.", _OBJECT, operationId="auth_me", tags=["auth"])
    },
    "/api/v1/auth/token": {
        "post": _plain(
            "Trade an API key for a bearer token.",
            {
                "type": "object",
                "required": ["access_token", "token_type", "expires_in", "expires_at"],
                "properties": {
                    "access_token": {"type": "string"},
                    "token_type": {"const": "Bearer"},
                    "expires_in": {"type": "integer", "description": "Seconds."},
                    "expires_at": {"type": "string", "format": "date-time"},
                },
            },
            operationId="auth_token",
            tags=["auth"],
        )
    },
    "/api/v1/operations/": {
        "get": _plain(
            "The operations the caller may call, with schemas.",
            {
                "type": "object",
                "required": ["items"],
                "properties": {"items": {"type": "array", "items": _OBJECT}},
            },
            operationId="operations_list",
            tags=["operations"],
        )
    },
}


class CredentialScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The credentials, for drf-spectacular."""

    target_class = "apps.api.auth.CredentialAuthentication"
    name = ["apiKey", "bearer", "session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            {"type": "http", "scheme": "bearer", "description": "Traded for an API key."},
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        """Any one of them is enough."""
        return SECURITY


@cache
def document() -> dict[str, Any]:
    """The document of this process, made once. Do not change the answer."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return with_operations(found, None, None, True)


def with_operations(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Adds the operations that REST can reach (drf-spectacular's form of a hook)."""
    operations = [one for one in installed() if Face.REST in one.faces]
    schemas, models = schemas_of(operations)
    components = result.setdefault("components", {})
    components["schemas"] = dict(sorted({**components.get("schemas", {}), **schemas}.items()))
    components["responses"] = {
        "Problem": {
            "description": "What went wrong, and what to do.",
            "content": {
                "application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}
            },
        }
    }
    paths = {f"/api/v1/operations/{one.name}": {"post": path_of(one, models)} for one in operations}
    result["paths"] = dict(sorted({**result["paths"], **paths, **PLAIN_PATHS}.items()))
    return result


def schemas_of(operations: list[AnyOperation]) -> tuple[dict[str, Any], Models]:
    """Component schemas by name, and the reference of each model."""
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Outcome, "serialization"): None}
    for one in operations:
        wanted[one.input, "validation"] = None
        wanted[one.output, "serialization"] = None
    wanted[ApiCallIn, "validation"] = None
    references, definitions = models_json_schema(list(wanted), ref_template=REF)
    return {**definitions.get("$defs", {}), "Problem": PROBLEM}, references


def path_of(operation: AnyOperation, models: Models) -> dict[str, Any]:
    """One operation as OpenAPI says it."""
    keyed = {**KEY_HEADER, "required": operation.repeat is Repeat.KEYED}
    body = envelope(models[operation.input, "validation"])
    open_to_all = [*SECURITY, {}] if operation.name in ANONYMOUS else SECURITY
    return {
        "operationId": operation.name.replace(".", "_"),
        "summary": operation.summary,
        "tags": [operation.app],
        "security": open_to_all,
        "x-permission": operation.permission,
        "x-danger": operation.danger.name.lower(),
        "parameters": [keyed] if operation.changes else [],
        "requestBody": {
            "required": bool(operation.input.model_json_schema().get("required")),
            "content": {"application/json": {"schema": body}},
        },
        "responses": responses(operation, models),
    }


def envelope(reference: dict[str, Any]) -> dict[str, Any]:
    """The body of a call around an operation's input."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "input": reference,
            "dry_run": {"type": "boolean", "default": False},
            "confirmation": {"type": ["string", "null"]},
            "reason": {"type": ["string", "null"]},
        },
    }


def responses(operation: AnyOperation, models: Models) -> dict[str, Any]:
    """The answers an operation may give."""
    outcome = models[Outcome, "serialization"]
    output = models[operation.output, "serialization"]
    done = {"allOf": [outcome, {"type": "object", "properties": {"output": output}}]}
    found = {"200": _answer("Done, or the plan of a dry run.", done)}
    if operation.changes:
        found["202"] = _answer("Accepted as a job, or waiting for a second person.", outcome)
        found["428"] = _answer("The plan to confirm.", outcome)
    return {**found, "default": {"$ref": "#/components/responses/Problem"}}


def _answer(words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": schema}}}
