"""How much a Core and its controls changed, counted in five minutes each; partitioned by day."""

from typing import Final

from django.db import models

from apps.fleet.models import Device
from apps.kernel.partitions import PartitionedTable

CORE_TALLIES: Final = PartitionedTable("qsys_core_tally", keep_days=400)
CONTROL_TALLIES: Final = PartitionedTable("qsys_control_tally", keep_days=90)
#: Seconds that one row stands for.
TALLY_SECONDS: Final = 300


class CoreTally(models.Model):
    """One Core in the five minutes from `at`.

    `changes` and `samples` were stored; `dropped` were seen and were not; of `thinned` samples
    only the figures a second were kept; `missed` polls were not made in time.
    """

    pk = models.CompositePrimaryKey("device_id", "at")
    device_id = models.UUIDField()
    at = models.DateTimeField()
    changes = models.BigIntegerField()
    samples = models.BigIntegerField()
    dropped = models.BigIntegerField()
    thinned = models.BigIntegerField()
    missed = models.BigIntegerField()

    objects = models.Manager["CoreTally"]()

    class Meta:
        managed = False
        db_table = CORE_TALLIES.name

    def __str__(self) -> str:
        return f"{self.device_id} {self.at}: {self.changes}"


class ControlTally(models.Model):
    """The stored changes of one control in the five minutes from `at`; none leave no row."""

    pk = models.CompositePrimaryKey("device_id", "at", "control_id")
    device_id = models.UUIDField()
    control_id = models.IntegerField()
    at = models.DateTimeField()
    changes = models.BigIntegerField()

    objects = models.Manager["ControlTally"]()

    class Meta:
        managed = False
        db_table = CONTROL_TALLIES.name

    def __str__(self) -> str:
        return f"{self.control_id} {self.at}: {self.changes}"


class TallyMark(models.Model):
    """How far a Core is counted, and where its poller's counters stood then.

    A poller that begins anew counts from nothing, so a smaller number is a new beginning.
    """

    device = models.OneToOneField(
        Device, on_delete=models.CASCADE, primary_key=True, related_name="tally_mark"
    )
    counted_until = models.DateTimeField()
    dropped = models.BigIntegerField(default=0)
    thinned = models.BigIntegerField(default=0)
    missed = models.BigIntegerField(default=0)

    objects = models.Manager["TallyMark"]()

    def __str__(self) -> str:
        return f"{self.device_id} {self.counted_until}"
