"""Files of stored changes and telemetry that somebody had made, for as long as they are kept."""

from django.db import models

from apps.fleet.models import Device
from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class ExportFormat(models.TextChoices):
    """What a file is written as."""

    CSV = "csv", "CSV"
    PARQUET = "parquet", "Parquet"


class ExportContent(models.TextChoices):
    """What is in a file."""

    EVENTS = "events", "Changes, with value before and cause"
    SECONDS = "seconds", "Figures a second of telemetry"
    SAMPLES = "samples", "Single samples of telemetry"


class ExportRows(ScopedQuerySet["Export"]):
    """Exports are seen where their device is seen."""

    tenant_field = "device__tenant_id"
    path_field = "device__site_path"
    device_field = "device_id"


class Export(models.Model):
    """A file that is whole: there is no row before it is, and none without it for long."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="exports")
    job_id = models.UUIDField(unique=True)
    content = models.CharField(max_length=7, choices=ExportContent.choices)
    format = models.CharField(max_length=7, choices=ExportFormat.choices)
    name = models.CharField(max_length=200, help_text="What the file is called when fetched.")
    since = models.DateTimeField()
    until = models.DateTimeField()
    rows = models.BigIntegerField()
    size = models.BigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    made_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(db_index=True)

    system = models.Manager["Export"]()
    objects = ExportRows.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name
