"""Control policies and emergency locks, as REST shows them."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from apps.api import filters
from apps.api.pagination import Order
from apps.api.resources.base import Resource
from apps.kernel.actor import Actor
from apps.qsys import selectors


class PolicyRow(serializers.Serializer[Any]):
    """What may not be done to controls of Cores; `lock` marks one set in an emergency."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    note = serializers.CharField()
    device = serializers.UUIDField(allow_null=True)
    site_path = serializers.CharField()
    tag = serializers.CharField()
    component = serializers.CharField()
    controls = serializers.ListField(child=serializers.CharField())
    protected = serializers.BooleanField()
    max_step = serializers.FloatField(allow_null=True)
    minimum = serializers.FloatField(allow_null=True)
    maximum = serializers.FloatField(allow_null=True)
    require_reason = serializers.BooleanField()
    second_person = serializers.BooleanField()
    unless = serializers.CharField()
    windows = serializers.ListField(child=serializers.CharField())
    outside = serializers.BooleanField()
    time_zone = serializers.CharField()
    lock = serializers.BooleanField()
    enabled = serializers.BooleanField()
    updated_at = serializers.DateTimeField()
    updated_by = serializers.CharField()


class Policies(Resource):
    """Control policies, by name."""

    noun = "policy"
    serializer_class = PolicyRow
    columns = (
        *("id", "name", "note", "device_id", "site_path", "tag", "component", "controls"),
        *("protected", "max_step", "minimum", "maximum", "require_reason", "second_person"),
        *("unless", "windows", "outside", "time_zone", "lock", "enabled"),
        *("updated_at", "updated_by"),
    )
    order = Order(("name", "id"))
    filters = {
        "device": filters.uuid("device_id", "Policies of this Core alone."),
        "site": filters.text("site_path", "Policies of this place, by its path."),
        "name": filters.text("name__icontains", "Part of the name."),
        "lock": filters.boolean("lock", "Emergency locks, or policies."),
        "enabled": filters.boolean("enabled", "Whether it binds anybody."),
    }

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return selectors.policies(actor)

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        row["device"] = row.pop("device_id")
        return row
