"""Triggers: a price that starts a curtailment by itself, and ends it again."""

from django.db import models

from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet
from apps.miners.models.curtailment import Curtailment


class TriggerRows(ScopedQuerySet["CurtailmentTrigger"]):
    """Triggers are seen where their place is seen."""

    path_field = "site_path"


class CurtailmentTrigger(models.Model):
    """What is to be curtailed while a price says so, in whose name, and how it stands.

    `wish` is the input of `miners.curtailment.start`; `signal` a validated `SignalRules`. `due`
    says that the last turn of the signal has still to be acted on, from `try_at` on.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    name = models.CharField(max_length=100)
    site_path = models.CharField(max_length=300)
    wish = models.JSONField()
    signal = models.JSONField()
    url = models.CharField(max_length=500, blank=True)
    fetch_seconds = models.PositiveIntegerField(default=900)
    fetch_at = models.DateTimeField(null=True)
    owner_id = models.UUIDField()
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(default=now)

    is_on = models.BooleanField(default=False)
    switched_at = models.DateTimeField(null=True)
    due = models.BooleanField(default=False)
    try_at = models.DateTimeField(null=True)
    price = models.FloatField(null=True)
    error = models.CharField(max_length=500, blank=True)
    curtailment = models.ForeignKey(
        Curtailment, on_delete=models.SET_NULL, null=True, related_name="triggers"
    )

    system = models.Manager["CurtailmentTrigger"]()
    objects = TriggerRows.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("tenant_id", "name"), name="miners_trigger_name"),
        )

    def __str__(self) -> str:
        return self.name


class PricePoint(models.Model):
    """What a unit of energy costs from `starts_at` on, in whatever currency the signal uses."""

    pk = models.CompositePrimaryKey("trigger_id", "starts_at")
    trigger = models.ForeignKey(CurtailmentTrigger, on_delete=models.CASCADE, related_name="prices")
    starts_at = models.DateTimeField()
    price = models.FloatField()

    objects = models.Manager["PricePoint"]()

    class Meta:
        ordering = ("starts_at",)

    def __str__(self) -> str:
        return f"{self.trigger_id} {self.starts_at}: {self.price}"
