"""How resources appear in the OpenAPI document: pages, filters and problems."""

from typing import Any, Final, cast
from uuid import UUID

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from apps.api.pagination import LIMIT_MOST, LIMIT_USUAL

#: The parameter of every list that is read in pieces.
LIMIT: Final = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": LIMIT_MOST, "default": LIMIT_USUAL},
    description="Rows a page has at most.",
)


class ReadSchema(AutoSchema):
    """Every read may end in a problem."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """The view as the document says it."""
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
        return operation


class ResourceSchema(ReadSchema):
    """Reads a resource's declaration instead of guessing from DRF's machinery."""

    def get_override_parameters(self) -> list[Any]:
        if not self._is_list_view():
            return [OpenApiParameter("id", UUID, OpenApiParameter.PATH)]
        return [
            *(
                OpenApiParameter(name, dict(found.schema), description=found.help)
                for name, found in cast(Any, self.view).filters.items()
            ),
            OpenApiParameter("cursor", str, description="`next` of the page before."),
            LIMIT,
        ]

    def _get_response_for_code(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """A list answers with a page of its rows."""
        made = super()._get_response_for_code(*args, **kwargs)  # type: ignore[no-untyped-call]
        response: dict[str, Any] = made
        content = response.get("content", {}).get("application/json")
        if content and content["schema"].get("type") == "array":
            content["schema"] = page_of(content["schema"])
        return response


def page_of(rows: dict[str, Any]) -> dict[str, Any]:
    """The shape of a page of `rows`."""
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": rows,
            "next": {"type": ["string", "null"], "description": "Cursor of the next page."},
        },
    }
