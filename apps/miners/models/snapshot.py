"""What a setting of a miner was before a call wrote it, so that it can be taken back."""

from django.db import models

from apps.fleet.models import Device
from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class SnapshotRows(ScopedQuerySet["MinerSnapshot"]):
    """Snapshots are seen where their device is seen."""

    tenant_field = "device__tenant_id"
    path_field = "device__site_path"
    device_field = "device_id"


class MinerSnapshot(models.Model):
    """One write of one aspect (see `changing.aspects`).

    `sealed` holds `before`, `wanted` and, once read back, `after`; pools have passwords in them.
    `done` is set when the device was read to be as wanted, or took the write.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    call_id = models.UUIDField()
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="miner_snapshots")
    aspect = models.CharField(max_length=20)
    operation = models.CharField(max_length=100)
    made_by = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField(default=now)
    sealed = models.BinaryField()
    done = models.BooleanField(default=False)

    system = models.Manager["MinerSnapshot"]()
    objects = SnapshotRows.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("call_id", "device"), name="miners_snapshot_call"),
        )
        indexes = (models.Index(fields=("device", "-id"), name="miners_snapshot_newest"),)

    def __str__(self) -> str:
        return f"{self.aspect} {self.call_id}"
