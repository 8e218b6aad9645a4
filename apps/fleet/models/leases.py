"""Who may disturb a device now, and which process polls which shard."""

from django.db import models

from apps.fleet.models.device import Device


class DeviceLease(models.Model):
    """An exclusive, fenced hold on one device for one running step."""

    device = models.OneToOneField(
        Device, on_delete=models.CASCADE, primary_key=True, related_name="lease"
    )
    epoch = models.BigIntegerField(default=0)
    owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)

    objects = models.Manager["DeviceLease"]()

    def __str__(self) -> str:
        return f"{self.device_id} epoch {self.epoch}"


class Shard(models.Model):
    """The fencing counter of one shard of one driver. The lease itself lies in Valkey."""

    driver = models.CharField(max_length=30)
    number = models.PositiveSmallIntegerField()
    epoch = models.BigIntegerField(default=0)

    objects = models.Manager["Shard"]()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("driver", "number"), name="fleet_shard_number"),
        )

    def __str__(self) -> str:
        return f"{self.driver}/{self.number}"
