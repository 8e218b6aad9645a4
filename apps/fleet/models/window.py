"""Maintenance windows and freezes: when rollouts may begin with the devices of a place."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class WindowRows(ScopedQuerySet["MaintenanceWindow"]):
    """Windows are seen where a right covers their place."""

    path_field = "path"


class MaintenanceWindow(models.Model):
    """A span in which rollouts may begin with the devices of a place, or (`freeze`) may not.

    Weekly by `hours`, written as `kernel.windows` reads them in `time_zone`; dated by `starts_at`
    and `ends_at`; or hours within dates. One that is over still counts as the place's until it is
    deleted: else its end would open the place for ever.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    path = models.CharField(max_length=300, default="/")
    name = models.CharField(max_length=100)
    freeze = models.BooleanField(default=False)
    hours = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    saved_by = models.CharField(max_length=150)
    saved_at = models.DateTimeField(default=now)

    system = models.Manager["MaintenanceWindow"]()
    objects = WindowRows.as_manager()

    class Meta:
        ordering = ("path", "name")
        constraints = (
            models.UniqueConstraint(fields=("tenant_id", "path", "name"), name="fleet_window_name"),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="fleet_window_ends_after_it_starts",
            ),
        )

    def __str__(self) -> str:
        return self.name
