"""Power circuits: what each may draw."""

from django.db import models

from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class CircuitRows(ScopedQuerySet["Circuit"]):
    """Circuits are seen where a right covers their place."""

    path_field = "path"


class Circuit(models.Model):
    """A power circuit or PDU, by the name that devices carry in `circuit`.

    `path` is the place whose people look after it; its devices may stand anywhere in the tenant.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    path = models.CharField(max_length=300)
    name = models.CharField(max_length=60)
    limit_watts = models.PositiveIntegerField(help_text="What it may draw for long.")
    note = models.CharField(max_length=200, blank=True)
    saved_by = models.CharField(max_length=150)
    saved_at = models.DateTimeField(default=now)

    system = models.Manager["Circuit"]()
    objects = CircuitRows.as_manager()

    class Meta:
        ordering = ("path", "name")
        constraints = (
            models.UniqueConstraint(fields=("tenant_id", "name"), name="fleet_circuit_name"),
        )

    def __str__(self) -> str:
        return self.name
