"""What is known of a miner besides what every device has."""

from django.db import models

from apps.fleet.models import Device
from apps.kernel.querysets import ScopedQuerySet


class MinerRows(ScopedQuerySet["Miner"]):
    """Miners are seen where their device is seen."""

    tenant_field = "device__tenant_id"
    path_field = "device__site_path"
    device_field = "device_id"


class Miner(models.Model):
    """One Braiins OS miner. Written by the poller and after writes, from what the device says."""

    device = models.OneToOneField(
        Device, on_delete=models.CASCADE, primary_key=True, related_name="miner"
    )
    uid = models.CharField(max_length=40, blank=True)
    psu_serial = models.CharField(max_length=100, blank=True, db_default="")
    platform = models.CharField(max_length=40, blank=True)
    boot_mode = models.CharField(max_length=20, blank=True)
    api_version = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=20, blank=True)
    power_target_watts = models.PositiveIntegerField(null=True)
    power_least_watts = models.PositiveIntegerField(null=True)
    power_most_watts = models.PositiveIntegerField(null=True)
    sticker_terahash = models.FloatField(null=True)
    methods = models.JSONField(default=list, help_text="RPCs this firmware has, by reflection.")
    methods_firmware = models.CharField(max_length=100, blank=True)
    details_at = models.DateTimeField(null=True)
    parts = models.JSONField(default=dict, help_text="Boards, fans and pools, as last read.")
    parts_at = models.DateTimeField(null=True)

    system = models.Manager["Miner"]()
    objects = MinerRows.as_manager()

    def __str__(self) -> str:
        return f"miner {self.device_id}"
