"""Devices, and what is known of Cores and miners."""

from apps.ops.backoffice.rows import Rows
from apps.ops.backoffice.verbs import Verb, each, together


class DeviceRows(Rows):
    """Machines, those out of operation too."""

    fields = (
        "id",
        "name",
        "kind",
        "driver",
        "site",
        "slot",
        "circuit",
        "address",
        "ports",
        "serial",
        "mac",
        "model",
        "firmware",
        "tags",
        "status",
        "shard",
        "created_at",
        "updated_at",
    )
    list_display = ("name", "kind", "site_path", "address", "model", "firmware", "status")
    list_filter = ("kind", "status")
    search_fields = ("name", "address", "serial", "mac")
    list_select_related = ("site",)
    verbs = (
        Verb(
            "decommission",
            "Decommission the chosen devices …",
            "fleet.device.decommission",
            together("devices"),
        ),
        Verb(
            "reset_breaker",
            "Close the circuit breakers of the chosen devices",
            "fleet.breaker.reset",
            each("device"),
        ),
    )


class CoreRows(Rows):
    """What Q-SYS Cores say of themselves."""

    tenant_field = "device__tenant_id"
    fields = (
        "device",
        "platform",
        "state",
        "design",
        "design_code",
        "redundant",
        "emulator",
        "status_code",
        "status",
        "controls_total",
        "design_at",
        "updated_at",
    )
    list_display = ("device", "platform", "state", "design", "status", "updated_at")
    list_filter = ("redundant", "emulator")
    search_fields = ("device__name", "design")
    list_select_related = ("device",)


class MinerRows(Rows):
    """What miners say of themselves."""

    tenant_field = "device__tenant_id"
    fields = (
        "device",
        "uid",
        "platform",
        "boot_mode",
        "api_version",
        "status",
        "power_target_watts",
        "power_least_watts",
        "power_most_watts",
        "sticker_terahash",
        "details_at",
    )
    list_display = ("device", "platform", "status", "power_target_watts", "details_at")
    search_fields = ("device__name", "uid")
    list_select_related = ("device",)
