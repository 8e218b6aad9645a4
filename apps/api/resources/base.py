"""What every resource has in common: scoped rows, keyset pages, typed filters, no serializer."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ViewSet

from apps.api.filters import Filter, read_query
from apps.api.pagination import Order, kinds_of, limit_of, opened
from apps.api.renderers import AlwaysJson
from apps.api.resources.schema import ResourceSchema
from apps.kernel.actor import Actor
from apps.kernel.errors import not_found

PAGING = ("cursor", "limit")


class Resource(ViewSet):
    """Read-only rows of one kind.

    `serializer_class` declares the shape for the schema; rows go from the database to JSON
    without it. `columns` are what `values()` reads, `present` makes the shape of them.
    """

    noun: ClassVar[str]
    serializer_class: ClassVar[type[Serializer[Any]]]
    columns: ClassVar[tuple[str, ...]]
    order: ClassVar[Order] = Order(("id",), descending=True)
    filters: ClassVar[Mapping[str, Filter]] = {}
    schema = ResourceSchema()
    content_negotiation_class = AlwaysJson

    def rows(self, actor: Actor) -> QuerySet[Any]:
        """The rows that `actor` may see."""
        raise NotImplementedError

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row of `columns` in the shape of `serializer_class`."""
        return row

    def list(self, request: Request) -> Response:
        """A page of rows; `next` is the cursor of the page behind it."""
        query = request._request.GET
        wanted = read_query(query, self.filters, PAGING)
        limit = limit_of(query.get("limit"))
        rows = self.rows(actor_in(request)).filter(**wanted).order_by(*self.order.by)
        if cursor := query.get("cursor"):
            rows = rows.filter(self.order.after(opened(cursor, kinds_of(self.order))))
        found = list(rows.values(*self.columns)[: limit + 1])
        page = found[:limit]
        following = self.order.cursor(page[-1]) if len(found) > limit else None
        return Response({"items": [self.present(row) for row in page], "next": following})

    def retrieve(self, request: Request, pk: str) -> Response:
        """One row; `not_found` in the same words whether absent or somebody else's."""
        read_query(request._request.GET, {})
        row = self.row(actor_in(request), pk)
        return Response(self.present(row))

    def row(self, actor: Actor, pk: str) -> dict[str, Any]:
        """The row of an id; raises `not_found`."""
        try:
            found = self.rows(actor).filter(id=UUID(pk)).values(*self.columns).first()
        except ValueError:
            found = None
        if found is None:
            raise not_found(self.noun, pk)
        row: dict[str, Any] = found
        return row


def actor_in(request: Request) -> Actor:
    """Who asks; the permission class has made sure that it is there."""
    return cast(Actor, request.auth)
