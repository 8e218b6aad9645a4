"""Emergency stops: while one stands, nothing is written to the devices it covers."""

from django.db import models

from apps.accounts.models import Tenant
from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class EmergencyStopRows(ScopedQuerySet["EmergencyStop"]):
    """Stops are seen where a right covers their place."""

    path_field = "path"


class EmergencyStop(models.Model):
    """One stop, standing until it is lifted. Without a tenant it covers the whole plane.

    A row, and nothing in memory: it holds through every restart, and each write to a device
    looks here first.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="stops"
    )
    path = models.CharField(max_length=300, default="/")
    reason = models.CharField(max_length=500, blank=True)
    set_at = models.DateTimeField(default=now)
    set_by = models.CharField(max_length=150)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=150, blank=True)

    system = models.Manager["EmergencyStop"]()
    objects = EmergencyStopRows.as_manager()

    class Meta:
        ordering = ("-set_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("tenant", "path"),
                condition=models.Q(lifted_at=None),
                nulls_distinct=False,
                name="fleet_one_stop_a_place",
            ),
        )

    def __str__(self) -> str:
        return f"stop of {self.place}"

    @property
    def place(self) -> str:
        """What it covers, in words."""
        if self.tenant_id is None:
            return "the whole plane"
        return "the whole tenant" if self.path == "/" else self.path
