"""What the poller looks at, how often, and how it is kept."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from apps.fleet.models import Device
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet

#: The most polls a second; a Core is not known to answer more often.
MOST_HZ: Final = 33.0
LEAST_HZ: Final = 0.01


class Storage(models.TextChoices):
    """How changes are kept."""

    AUTO = "auto", "Read-only numbers as telemetry, the rest as events"
    EVENTS = "events", "One row a change"
    TELEMETRY = "telemetry", "Packed samples and per-second figures"


class WatchRows(ScopedQuerySet["Watch"]):
    """Watches are seen where their device is seen."""

    tenant_field = "device__tenant_id"
    path_field = "device__site_path"
    device_field = "device_id"


class Watch(models.Model):
    """Patterns of controls and a rate. Where several match a control, the fastest counts.

    `component` and `controls` are shell patterns over Code Names and control names. A blank
    component means named controls, which a Core cannot list: `controls` then holds their exact
    names. A number has to move by more than `deadband`, in the control's own unit, to count as
    changed; `every_tick` keeps a sample a poll even of what stands still (telemetry only).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="watches")
    name = models.CharField(max_length=60)
    component = models.CharField(max_length=300, default="*", blank=True)
    controls = ArrayField(models.CharField(max_length=300), default=list)
    rate_hz = models.FloatField(
        default=10.0, validators=[MinValueValidator(LEAST_HZ), MaxValueValidator(MOST_HZ)]
    )
    deadband = models.FloatField(default=0.0, validators=[MinValueValidator(0.0)])
    every_tick = models.BooleanField(default=False)
    storage = models.CharField(max_length=10, choices=Storage.choices, default=Storage.AUTO)
    enabled = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    system = models.Manager["Watch"]()
    objects = WatchRows.as_manager()

    class Meta:
        ordering = ("-rate_hz", "name")
        constraints = (
            models.UniqueConstraint(fields=("device", "name"), name="qsys_watch_name"),
            models.CheckConstraint(
                condition=models.Q(rate_hz__gte=LEAST_HZ, rate_hz__lte=MOST_HZ),
                name="qsys_watch_rate",
            ),
            models.CheckConstraint(condition=models.Q(deadband__gte=0), name="qsys_watch_deadband"),
        )

    def __str__(self) -> str:
        return self.name
