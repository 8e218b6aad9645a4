"""The dictionary of controls, so that rows carry numbers instead of names; and last values."""

from django.db import models

from apps.fleet.models import Device
from apps.kernel.querysets import ScopedQuerySet


class ControlRows(ScopedQuerySet["Control"]):
    """Controls are seen where their device is seen."""

    tenant_field = "device__tenant_id"
    path_field = "device__site_path"
    device_field = "device_id"


class Control(models.Model):
    """One control of one Core, known for ever by its number.

    A blank component is a named control. `design_code` is the last design that had it.
    `telemetry` tells that its values are kept as samples, not as events.
    """

    id = models.AutoField(primary_key=True)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="controls")
    component = models.TextField(blank=True)
    name = models.TextField()
    type = models.CharField(max_length=20, blank=True)
    direction = models.CharField(max_length=12, blank=True)
    minimum = models.FloatField(null=True)
    maximum = models.FloatField(null=True)
    telemetry = models.BooleanField(default=False)
    design_code = models.CharField(max_length=40, blank=True)

    system = models.Manager["Control"]()
    objects = ControlRows.as_manager()

    class Meta:
        ordering = ("component", "name")
        constraints = (
            models.UniqueConstraint(
                fields=("device", "component", "name"), name="qsys_control_path"
            ),
        )
        indexes = (
            # The inventory looks for these few every few seconds.
            models.Index(
                fields=("device",),
                condition=models.Q(name="status") | models.Q(name__endswith=".status"),
                name="qsys_control_status",
            ),
        )

    def __str__(self) -> str:
        return f"{self.component} / {self.name}" if self.component else self.name


class ControlValue(models.Model):
    """The last value of a control, as the Core last told it, deadband or not.

    `number` is empty for text; a Boolean's is 0 or 1. `at` is when it last changed.
    """

    control = models.OneToOneField(
        Control, on_delete=models.CASCADE, primary_key=True, related_name="last"
    )
    at = models.DateTimeField()
    number = models.FloatField(null=True)
    string = models.TextField(blank=True)
    position = models.FloatField(null=True)

    objects = models.Manager["ControlValue"]()

    def __str__(self) -> str:
        return f"{self.control_id}: {self.string}"
