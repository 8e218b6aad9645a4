"""Support archives of miners that somebody had fetched, for as long as they are kept."""

from django.db import models

from apps.fleet.models import Device
from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class ArchiveRows(ScopedQuerySet["SupportArchive"]):
    """Archives are seen where their device is seen."""

    tenant_field = "device__tenant_id"
    path_field = "device__site_path"
    device_field = "device_id"


class SupportArchive(models.Model):
    """A zip that is whole: there is no row before it is, and none without it for long."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="archives")
    job_id = models.UUIDField(unique=True)
    name = models.CharField(max_length=200, help_text="What the file is called when fetched.")
    firmware = models.CharField(max_length=100, blank=True)
    size = models.BigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    made_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(db_index=True)

    system = models.Manager["SupportArchive"]()
    objects = ArchiveRows.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name
