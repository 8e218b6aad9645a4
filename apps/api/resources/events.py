"""The event stream, read in pages: for scripts that come back now and then."""

from typing import Any, Final

import orjson
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from apps.api.filters import read_query, text, uuid
from apps.api.pagination import bad_cursor, limit_of
from apps.api.renderers import AlwaysJson
from apps.api.resources.base import actor_in
from apps.api.resources.schema import LIMIT, ReadSchema
from apps.events.envelope import Envelope, Position
from apps.events.reader import START, after, end
from apps.kernel.actor import Actor

#: Rows that one request looks through at most for a caller who may see few of them.
EXAMINED_MOST: Final = 5_000
STEP: Final = 500
LONGEST_NUMBER: Final = 18
FILTERS: Final = {
    "type": text("type", "Kind of event, as in `fleet.device.lost`."),
    "device": uuid("device_id", "The device it is about."),
}


class EventRow(serializers.Serializer[Any]):
    """One event; `id` is its place in the stream."""

    id = serializers.CharField()
    type = serializers.CharField()
    at = serializers.DateTimeField()
    device_id = serializers.UUIDField(allow_null=True)
    data = serializers.DictField()  # type: ignore[assignment]  # a field's name


@extend_schema_serializer(many=False)
class EventPage(serializers.Serializer[Any]):
    """Events in commit order; `next` goes on behind them, now or later."""

    items = EventRow(many=True)
    next = serializers.CharField()
    more = serializers.BooleanField()


class Events(ViewSet):
    """What happened, oldest first."""

    content_negotiation_class = AlwaysJson
    schema = ReadSchema()

    @extend_schema(
        responses=EventPage,
        parameters=[
            OpenApiParameter("cursor", str, description="`next` of a page; `end` starts now."),
            LIMIT,
            *(
                OpenApiParameter(name, dict(found.schema), description=found.help)
                for name, found in FILTERS.items()
            ),
        ],
    )
    def list(self, request: Request) -> Response:
        """Events after `cursor` that the caller may see."""
        query = request._request.GET
        wanted = read_query(query, FILTERS, ("cursor", "limit"))
        limit = limit_of(query.get("limit"))
        start = position_of(query.get("cursor"))
        found, stop, more = page(actor_in(request), start, limit, wanted)
        items = [orjson.Fragment(envelope.text) for envelope in found]
        return Response({"items": items, "next": str(stop), "more": more})


def position_of(cursor: str | None) -> Position:
    """Where to go on; raises `invalid` for what is not a position."""
    if not cursor:
        return START
    if cursor == "end":
        return end()
    try:
        found = Position.parse(cursor)
    except ValueError:
        raise bad_cursor() from None
    if max(len(part) for part in cursor.split("-")) > LONGEST_NUMBER:
        raise bad_cursor()
    return found


def page(
    actor: Actor, start: Position, limit: int, wanted: dict[str, Any]
) -> tuple[list[Envelope], Position, bool]:
    """Up to `limit` events, the position behind the last one looked at, and whether more wait."""
    found: list[Envelope] = []
    stop = start
    for _ in range(EXAMINED_MOST // STEP):
        step = after(stop, STEP)
        for envelope in step:
            if len(found) == limit:
                return found, stop, True
            stop = envelope.position
            if envelope.visible_to(actor) and matches(envelope, wanted):
                found.append(envelope)
        if len(step) < STEP:
            return found, stop, False
    return found, stop, True


def matches(envelope: Envelope, wanted: dict[str, Any]) -> bool:
    """Whether the event is of the wanted type and device."""
    return all(getattr(envelope, name) == value for name, value in wanted.items())
