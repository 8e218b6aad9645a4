"""What meters have shown: packed samples for a short time, figures a second for long."""

from typing import Final

from django.db import models

from apps.kernel.partitions import PartitionedTable

FRAMES: Final = PartitionedTable("qsys_frame", keep_days=3)
SECONDS: Final = PartitionedTable("qsys_second", keep_days=90)


class TelemetryFrame(models.Model):
    """All samples of one device in one second, packed (`telemetry.packing` reads them)."""

    pk = models.CompositePrimaryKey("device_id", "at")
    device_id = models.UUIDField()
    at = models.DateTimeField(help_text="The start of the second.")
    samples = models.IntegerField()
    data = models.BinaryField()

    objects = models.Manager["TelemetryFrame"]()

    class Meta:
        managed = False
        db_table = FRAMES.name

    def __str__(self) -> str:
        return f"{self.device_id} {self.at}: {self.samples}"


class TelemetrySecond(models.Model):
    """The samples of one control in one second, summed up."""

    pk = models.CompositePrimaryKey("control_id", "at")
    control_id = models.IntegerField()
    at = models.DateTimeField(help_text="The start of the second.")
    samples = models.IntegerField()
    minimum = models.FloatField()
    maximum = models.FloatField()
    mean = models.FloatField()
    last = models.FloatField()

    objects = models.Manager["TelemetrySecond"]()

    class Meta:
        managed = False
        db_table = SECONDS.name

    def __str__(self) -> str:
        return f"{self.control_id} {self.at}: {self.mean}"
