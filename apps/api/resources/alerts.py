"""Alerts, silences, routes and their messages, as REST shows them."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from apps.api import filters
from apps.api.pagination import Order
from apps.api.resources.base import Resource
from apps.fleet.alerts import selectors
from apps.fleet.models import AlertState, Channel, DeliveryState, Severity, Template
from apps.kernel.actor import Actor


class AlertRow(serializers.Serializer[Any]):
    """One thing that is or was wrong. `value` and `threshold` are in the unit of the rule."""

    id = serializers.UUIDField()
    rule = serializers.CharField()
    severity = serializers.ChoiceField(Severity.choices)
    state = serializers.ChoiceField(AlertState.choices)
    device = serializers.UUIDField(allow_null=True)
    subject = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field's name
    site_path = serializers.CharField()
    value = serializers.FloatField()
    threshold = serializers.FloatField()
    note = serializers.CharField()
    muted = serializers.CharField()
    pending_since = serializers.DateTimeField()
    fired_at = serializers.DateTimeField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    read_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.CharField()
    remark = serializers.CharField()


class SilenceRow(serializers.Serializer[Any]):
    """What nobody is told of, until when and why."""

    id = serializers.UUIDField()
    site_path = serializers.CharField()
    rule = serializers.CharField()
    kind = serializers.CharField()
    device = serializers.UUIDField(allow_null=True)
    reason = serializers.CharField()
    author = serializers.CharField()
    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    ended_by = serializers.CharField()


class RouteRow(serializers.Serializer[Any]):
    """Who is told of alerts. A webhook's URL is shown by its host alone."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    site_path = serializers.CharField()
    channel = serializers.ChoiceField(Channel.choices)
    template = serializers.ChoiceField(Template.choices)
    host = serializers.CharField()
    recipients = serializers.ListField(child=serializers.CharField())
    least = serializers.ChoiceField(Severity.choices)
    rules = serializers.ListField(child=serializers.CharField())
    group_seconds = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()


class DeliveryRow(serializers.Serializer[Any]):
    """One message over one route."""

    id = serializers.UUIDField()
    route = serializers.UUIDField()
    route_name = serializers.CharField()
    state = serializers.ChoiceField(DeliveryState.choices)
    alerts = serializers.ListField(child=serializers.UUIDField())
    is_test = serializers.BooleanField()
    tries = serializers.IntegerField()
    due_at = serializers.DateTimeField()
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class Alerts(Resource):
    """Alerts, newest first; resolved ones are the history."""

    noun = "alert"
    serializer_class = AlertRow
    columns = (
        *("id", "rule", "severity", "state", "device_id", "subject", "label", "site_path"),
        *("value", "threshold", "note", "muted", "pending_since", "fired_at", "resolved_at"),
        *("read_at", "acknowledged_at", "acknowledged_by", "remark"),
    )
    filters = {
        "state": filters.choice("state", AlertState.values, "Where it stands."),
        "severity": filters.choice("severity", Severity.values, "How bad it is."),
        "rule": filters.text("rule", "Name of the rule."),
        "device": filters.uuid("device_id", "Device."),
        "site": filters.text("site_path__startswith", "A site's path; what lies below it as well."),
    }

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return selectors.alerts(actor)

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        row["device"] = row.pop("device_id")
        return row


class Silences(Resource):
    """Silences, newest first; those that are over as well."""

    noun = "silence"
    serializer_class = SilenceRow
    columns = (
        *("id", "path", "rule", "kind", "device_id", "reason", "author", "begins_at", "ends_at"),
        "ended_by",
    )
    filters = {
        "rule": filters.text("rule", "Silences of this rule alone."),
        "device": filters.uuid("device_id", "Silences of this device alone."),
        "author": filters.text("author", "Who made it."),
    }

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return selectors.silences(actor)

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        row["site_path"], row["device"] = row.pop("path"), row.pop("device_id")
        return row


class Routes(Resource):
    """Routes of alerts, by name."""

    noun = "route"
    serializer_class = RouteRow
    columns = (
        *("id", "name", "path", "channel", "template", "host", "recipients", "least", "rules"),
        *("group_seconds", "created_at", "created_by"),
    )
    order = Order(("name", "id"))
    filters = {"channel": filters.choice("channel", Channel.values, "How people are told.")}

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return selectors.routes(actor)

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        row["site_path"] = row.pop("path")
        return row


class Deliveries(Resource):
    """Messages about alerts, newest first."""

    noun = "delivery"
    serializer_class = DeliveryRow
    columns = (
        *("id", "route_id", "route__name", "state", "alerts", "is_test", "tries", "due_at"),
        *("error", "created_at", "ended_at"),
    )
    filters = {
        "route": filters.uuid("route_id", "Route."),
        "state": filters.choice("state", DeliveryState.values, "Where it stands."),
    }

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return selectors.deliveries(actor)

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        row["route"], row["route_name"] = row.pop("route_id"), row.pop("route__name")
        return row
