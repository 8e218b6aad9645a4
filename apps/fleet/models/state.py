"""The last thing known about a device, and how old it is."""

from django.db import models

from apps.fleet.models.device import Device


class Liveness(models.TextChoices):
    """Whether a device answers."""

    NEVER = "never", "Never seen"
    OK = "ok", "Answers"
    STALE = "stale", "Stale"
    LOST = "lost", "Lost"
    REBOOTING = "rebooting", "Rebooting"


class DeviceState(models.Model):
    """Written by pollers only. `summary` is what lists show; drivers say what is in it."""

    device = models.OneToOneField(
        Device, on_delete=models.CASCADE, primary_key=True, related_name="state"
    )
    liveness = models.CharField(max_length=10, choices=Liveness.choices, default=Liveness.NEVER)
    summary = models.JSONField(default=dict)
    seen_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    poll_hz = models.FloatField(null=True)
    epoch = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(null=True)

    objects = models.Manager["DeviceState"]()

    def __str__(self) -> str:
        return f"{self.device_id} {self.liveness}"
