"""Ranges of addresses that are looked through for devices nobody has registered yet."""

from django.db import models

from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class RangeRows(ScopedQuerySet["DiscoveryRange"]):
    """Ranges are seen where a right covers their place."""

    path_field = "path"


class DiscoveryRange(models.Model):
    """Addresses of one place that may be asked who they are, and how to log in there.

    `sealed` is the log-in that finds are asked with and that adopted devices get; it is sealed at
    rest and never returned. `scanned_at` is when the last whole scan began: what it did not find
    is older.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    path = models.CharField(max_length=300)
    network = models.CharField(max_length=50)
    driver = models.CharField(max_length=30)
    sealed = models.BinaryField(default=b"", blank=True)
    saved_by = models.CharField(max_length=150)
    saved_at = models.DateTimeField(default=now)
    scanned_at = models.DateTimeField(null=True, blank=True)

    system = models.Manager["DiscoveryRange"]()
    objects = RangeRows.as_manager()

    class Meta:
        ordering = ("path", "network")
        constraints = (
            models.UniqueConstraint(fields=("tenant_id", "network"), name="fleet_range_network"),
        )

    def __str__(self) -> str:
        return self.network
