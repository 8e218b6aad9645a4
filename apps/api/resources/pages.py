"""Pages that were submitted from here, as REST shows them."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from apps.api import filters
from apps.api.pagination import Order
from apps.api.resources.base import Resource
from apps.kernel.actor import Actor
from apps.qsys import selectors
from apps.qsys.models import PageStage


class PagingPageRow(serializers.Serializer[Any]):
    """One page of a Core's zones and where it is; `zones` are their names."""

    id = serializers.UUIDField()
    device = serializers.UUIDField()
    job = serializers.UUIDField()
    number = serializers.IntegerField(allow_null=True)
    mode = serializers.CharField()
    zones = serializers.ListField(child=serializers.CharField())
    priority = serializers.IntegerField()
    station = serializers.CharField()
    message = serializers.CharField()
    description = serializers.CharField()
    state = serializers.ChoiceField(PageStage.choices)
    detail = serializers.CharField()
    count = serializers.IntegerField(allow_null=True)
    ending = serializers.CharField()
    actor = serializers.CharField()
    submitted_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()


class Pages(Resource):
    """Pages of paging zones, newest first."""

    noun = "page"
    serializer_class = PagingPageRow
    columns = (
        *("id", "device_id", "job_id", "number", "mode", "zones", "priority", "station"),
        *("message", "description", "state", "detail", "count", "ending", "actor"),
        *("submitted_at", "changed_at"),
    )
    order = Order(("id",), descending=True)
    filters = {
        "device": filters.uuid("device_id", "Pages of this Core alone."),
        "state": filters.choice("state", PageStage.values, "Where a page is."),
        "ending": filters.text("ending", "How a page ended."),
    }

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return selectors.pages(actor)

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        row["device"], row["job"] = row.pop("device_id"), row.pop("job_id")
        row["zones"] = [name or f"zone {index}" for index, name in row["zones"]]
        return row
