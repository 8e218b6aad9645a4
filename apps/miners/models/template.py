"""Pools as a whole tenant uses them, with variables for the worker's name."""

from django.db import models

from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class TemplateRows(ScopedQuerySet["PoolTemplate"]):
    """Templates belong to a tenant and to no place."""


class PoolTemplate(models.Model):
    """Groups of pools under a name. `groups` is what may be shown, `sealed` the whole."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    name = models.CharField(max_length=100)
    note = models.CharField(max_length=500, blank=True)
    groups = models.JSONField(default=list)
    sealed = models.BinaryField()
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.CharField(max_length=150, blank=True)

    system = models.Manager["PoolTemplate"]()
    objects = TemplateRows.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("tenant_id", "name"), name="miners_template_name"),
        )

    def __str__(self) -> str:
        return self.name
