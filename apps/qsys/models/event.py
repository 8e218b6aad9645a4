"""What controls have been: one row a discrete change; daily partitions, dropped by age."""

from typing import Final

from django.db import models

from apps.kernel.partitions import PartitionedTable

#: Where changes are stored; `qsys_event` is the view that shows them.
EVENTS: Final = PartitionedTable("qsys_change", keep_days=400)


class Cause(models.TextChoices):
    """What a change came from, as far as can be known."""

    DEVICE = "device", "At the Core: a panel, a script, another client"
    OPERATION = "operation", "A call of ours"
    SCHEDULE = "schedule", "A schedule of ours"
    FIRST = "first", "The first value ever seen"
    AWAY = "away", "Changed while nobody could look"


class EventSource(models.Model):
    """The number by which stored changes name their device; written with its first change."""

    id = models.IntegerField(primary_key=True)
    device_id = models.UUIDField(unique=True)

    objects = models.Manager["EventSource"]()

    class Meta:
        managed = False
        db_table = "qsys_source"

    def __str__(self) -> str:
        return f"{self.id}: {self.device_id}"


class ControlEvent(models.Model):
    """One change. (`at`, `control_id`) is unique for a device: times of a device only grow.

    `number` and `previous` are empty for text. `call_id` is the call of ours that caused it.
    A view: the rows are partitioned by `at`, and name device (`source_id`) and origin by number.
    Rows in their order are found through `source_id`, by the index.
    """

    pk = models.CompositePrimaryKey("device_id", "at", "control_id")
    device_id = models.UUIDField()
    source_id = models.IntegerField()
    at = models.DateTimeField()
    control_id = models.IntegerField()
    number = models.FloatField(null=True)
    previous = models.FloatField(null=True)
    position = models.FloatField(null=True)
    string = models.TextField()
    previous_string = models.TextField(null=True)
    cause = models.CharField(max_length=10, choices=Cause.choices)
    actor = models.TextField()
    call_id = models.UUIDField(null=True)
    design_code = models.TextField()

    objects = models.Manager["ControlEvent"]()

    class Meta:
        managed = False
        db_table = "qsys_event"

    def __str__(self) -> str:
        return f"{self.control_id} {self.at}: {self.string}"
