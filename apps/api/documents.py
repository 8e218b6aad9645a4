"""The REST face about itself: OpenAPI document, reference page, and the table of failures."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page

from apps.api.auth import require_caller
from apps.api.errors import answer, speaks_problems, wrong_method
from apps.api.renderers import encoded
from apps.api.schema import document
from apps.operations.catalogue import installed
from apps.operations.core import Face
from apps.operations.failures import TABLE


@speaks_problems
def schema(request: HttpRequest) -> HttpResponse:
    """`/api/schema/`: OpenAPI 3.1 as JSON."""
    if refused := _refusal(request):
        return refused
    return HttpResponse(encoded(document()), content_type="application/vnd.oai.openapi+json")


@speaks_problems
@gzip_page
def docs(request: HttpRequest) -> HttpResponse:
    """`/api/docs/`: operations and resources on one page, without a line of script."""
    if refused := _refusal(request):
        return refused
    context = {"operations": operations(), "resources": resources(document()["paths"])}
    return render(request, "api/docs.html", context)


@speaks_problems
def failures(request: HttpRequest) -> HttpResponse:
    """`/api/docs/failures`: where a problem's `type` points to."""
    if refused := _refusal(request):
        return refused
    rows = [{"code": code.value, "row": row} for code, row in TABLE.items()]
    return render(request, "api/failures.html", {"failures": rows})


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """Documents are for everybody where anonymous calls are; they hold nobody's data."""
    if request.method not in ("GET", "HEAD"):
        return answer(request, wrong_method("GET, HEAD"))
    if not settings.CONFIG.api_anonymous_enabled:
        require_caller(request)
    return None


def operations() -> list[dict[str, Any]]:
    """What the page says of each operation."""
    return [
        {
            "name": one.name,
            "summary": one.summary,
            "permission": one.permission,
            "danger": one.danger.name.lower(),
            "mode": one.mode.value,
            "repeat": one.repeat.value,
            "aliases": one.aliases,
            "input": fields(one.input.model_json_schema()),
            "output": fields(one.output.model_json_schema(mode="serialization")),
        }
        for one in installed()
        if Face.REST in one.faces
    ]


def fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of an object schema, one row each."""
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "type": type_of(found),
            "required": name in required,
            "help": found.get("description", ""),
        }
        for name, found in schema.get("properties", {}).items()
    ]


def type_of(schema: dict[str, Any]) -> str:
    """A schema's type in a few words."""
    if reference := schema.get("$ref"):
        return str(reference).rpartition("/")[2]
    if options := schema.get("anyOf"):
        return " or ".join(type_of(option) for option in options)
    if values := schema.get("enum"):
        return " | ".join(map(str, values))
    kind = str(schema.get("format") or schema.get("type", "any"))
    return f"list of {type_of(schema.get('items', {}))}" if kind == "array" else kind


def resources(paths: dict[str, Any]) -> list[dict[str, Any]]:
    """What the page says of each resource."""
    return [
        {
            "path": path,
            "summary": found["get"].get("description", ""),
            "parameters": [
                {
                    "name": one["name"],
                    "type": type_of(one["schema"]),
                    "help": one.get("description", ""),
                }
                for one in found["get"].get("parameters", [])
                if one["in"] == "query"
            ],
        }
        for path, found in paths.items()
        if "get" in found
    ]
