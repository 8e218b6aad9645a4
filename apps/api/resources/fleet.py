"""Sites, devices and targets of disruptive jobs, as REST shows them."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from apps.api import filters
from apps.api.pagination import Order
from apps.api.resources.base import Resource
from apps.fleet import selectors
from apps.fleet.models import DeviceKind, Liveness, SiteKind, TargetState
from apps.kernel import clock
from apps.kernel.actor import Actor


class SiteRow(serializers.Serializer[Any]):
    """A place."""

    id = serializers.UUIDField()
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]  # a field's name
    kind = serializers.ChoiceField(SiteKind.choices)
    slug = serializers.CharField()
    name = serializers.CharField()
    path = serializers.CharField()


class DeviceStateRow(serializers.Serializer[Any]):
    """The last thing known of a device. `age` is in seconds; null means never seen."""

    liveness = serializers.ChoiceField(Liveness.choices)
    summary = serializers.DictField()
    seen_at = serializers.DateTimeField(allow_null=True)
    lost_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    age = serializers.FloatField(allow_null=True)


class DeviceRow(serializers.Serializer[Any]):
    """A device in operation, with its last known state."""

    id = serializers.UUIDField()
    site = serializers.UUIDField()
    site_path = serializers.CharField()
    kind = serializers.ChoiceField(DeviceKind.choices)
    driver = serializers.CharField()
    name = serializers.CharField()
    address = serializers.CharField()
    ports = serializers.DictField()
    serial = serializers.CharField()
    mac = serializers.CharField()
    model = serializers.CharField()
    firmware = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    circuit = serializers.CharField()
    slot = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    state = DeviceStateRow()


class TargetRow(serializers.Serializer[Any]):
    """One device of one disruptive job."""

    id = serializers.UUIDField()
    job = serializers.UUIDField()
    device = serializers.UUIDField()
    device_name = serializers.CharField()
    operation = serializers.CharField()
    state = serializers.ChoiceField(TargetState.choices)
    attempt = serializers.IntegerField()
    detail = serializers.CharField()
    device_before = serializers.JSONField(help_text="Any JSON; null where there is none.")
    device_after = serializers.JSONField(help_text="Any JSON; null where there is none.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class Sites(Resource):
    """Places, parents before children."""

    noun = "site"
    serializer_class = SiteRow
    columns = ("id", "parent_id", "kind", "slug", "name", "path")
    order = Order(("path", "id"))
    filters = {
        "path": filters.text("path__startswith", "This place and what lies below it."),
        "kind": filters.choice("kind", SiteKind.values, "Kind of place."),
    }

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return selectors.sites(actor)

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        row["parent"] = row.pop("parent_id")
        return row


STATE = ("liveness", "summary", "seen_at", "lost_at", "reason")
UNKNOWN = {"liveness": Liveness.NEVER.value, "summary": {}, "reason": ""}


class Devices(Resource):
    """Devices in operation, by name."""

    noun = "device"
    serializer_class = DeviceRow
    columns = (
        *("id", "site_id", "site_path", "kind", "driver", "name", "address", "ports"),
        *("serial", "mac", "model", "firmware", "tags", "circuit", "slot"),
        *("created_at", "updated_at"),
        *(f"state__{name}" for name in STATE),
    )
    order = Order(("name", "id"))
    filters = {
        "kind": filters.choice("kind", DeviceKind.values, "Family of device."),
        "driver": filters.text("driver", "Driver, as in `qsys`."),
        "site": filters.text("site_path__startswith", "A site's path; what lies below it as well."),
        "name": filters.text("name__icontains", "Part of the name."),
        "serial": filters.text("serial", "Serial number."),
        "tag": filters.one("tags__contains", "A tag."),
        "circuit": filters.text("circuit", "Power circuit or PDU."),
        "liveness": filters.choice("state__liveness", Liveness.values, "Whether it answers."),
    }

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return selectors.devices(actor)

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        row["site"] = row.pop("site_id")
        state = {name: row.pop(f"state__{name}") for name in STATE}
        if state["liveness"] is None:
            state |= UNKNOWN
        seen = state["seen_at"]
        age = None if seen is None else round((clock.now() - seen).total_seconds(), 3)
        row["state"] = {**state, "age": age}
        return row


class Targets(Resource):
    """Devices of disruptive jobs, newest first."""

    noun = "target"
    serializer_class = TargetRow
    columns = (
        *("id", "job_id", "device_id", "device__name", "operation", "state", "attempt"),
        *("detail", "device_before", "device_after", "created_at", "updated_at"),
    )
    filters = {
        "job": filters.uuid("job_id", "Job."),
        "device": filters.uuid("device_id", "Device."),
        "state": filters.choice("state", TargetState.values, "Where it stands."),
        "operation": filters.text("operation", "Name of the operation."),
    }

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return selectors.targets(actor)

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        row["job"], row["device"] = row.pop("job_id"), row.pop("device_id")
        row["device_name"] = row.pop("device__name")
        return row
