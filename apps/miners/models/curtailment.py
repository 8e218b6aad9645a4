"""A curtailment: how much power a place may draw, which miners are paused for it, and its proof."""

from typing import Final

from django.db import models

from apps.fleet.models import Device
from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class CurtailmentMode(models.TextChoices):
    """How the target is said."""

    REDUCE = "reduce", "Reduce by"
    CAP = "cap", "Cap at"


class CurtailmentState(models.TextChoices):
    """States of an event; the moves are in `miners.curtail.moves`."""

    PLANNED = "planned", "Planned"
    RAMPING = "ramping", "Ramping down"
    HOLDING = "holding", "Holding"
    RESTORING = "restoring", "Restoring"
    ENDED = "ended", "Ended"
    CANCELLED = "cancelled", "Cancelled"


class CurtailedState(models.TextChoices):
    """Where one miner of an event stands."""

    CHOSEN = "chosen", "Chosen"
    DISPATCHED = "dispatched", "Being paused"
    CONFIRMED = "confirmed", "Paused"
    DRIFTED = "drifted", "Awake or late"
    RESTORING = "restoring", "To be restored"
    RESUMING = "resuming", "Being restored"
    RESTORED = "restored", "Restored"
    RELEASED = "released", "Not needed"
    FAILED = "failed", "Given up"


#: States in which an event is looked after by the reconciler.
IN_HAND: Final = ("planned", "ramping", "holding", "restoring")
#: States in which a miner belongs to its event, and to no other.
HELD: Final = ("chosen", "dispatched", "confirmed", "drifted", "restoring", "resuming")


class CurtailmentRows(ScopedQuerySet["Curtailment"]):
    """Events are seen where their place is seen."""

    path_field = "site_path"


class Curtailment(models.Model):
    """One event. Power is in watts, and that of all miners at `site_path` and below.

    `baseline_watts` was drawn when it began; `limit_watts` is what may be drawn while it lasts.
    `starter` is who started it, and under whose rights miners are paused; `stage` counts the
    stages of the restoration, from 0.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    name = models.CharField(max_length=100)
    site_path = models.CharField(max_length=300)
    mode = models.CharField(max_length=6, choices=CurtailmentMode.choices)
    target_watts = models.PositiveBigIntegerField()
    rules = models.JSONField(default=dict)
    priority = models.PositiveSmallIntegerField(default=100)
    emergency = models.BooleanField(default=False)
    state = models.CharField(
        max_length=9, choices=CurtailmentState.choices, default=CurtailmentState.PLANNED
    )
    sentence = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=0)

    baseline_watts = models.PositiveBigIntegerField(null=True)
    limit_watts = models.PositiveBigIntegerField(null=True)
    stage = models.PositiveSmallIntegerField(default=0)
    stage_at = models.DateTimeField(null=True)

    created_by = models.CharField(max_length=150)
    starter = models.JSONField()
    face = models.CharField(max_length=10)
    reason = models.CharField(max_length=500, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    trace_id = models.CharField(max_length=64, blank=True)

    not_before = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    minutes = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    restoring_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    system = models.Manager["Curtailment"]()
    objects = CurtailmentRows.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("tenant_id", "-id"), name="miners_curtailments_of_tenant"),
            models.Index(
                fields=("state",),
                name="miners_curtailments_in_hand",
                condition=models.Q(state__in=IN_HAND),
            ),
        )

    def __str__(self) -> str:
        return self.name


class CurtailedRows(ScopedQuerySet["CurtailedMiner"]):
    """Curtailed miners are seen where their device is seen."""

    tenant_field = "curtailment__tenant_id"
    path_field = "device__site_path"
    device_field = "device_id"


class CurtailedMiner(models.Model):
    """One miner of an event: what it drew before (W, J/TH), and the newest job that switches it.

    A row that is held keeps its miner from every other event. `tries` counts the commands of the
    present wish; `commanded_at` is when the newest was recorded.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    curtailment = models.ForeignKey(Curtailment, on_delete=models.CASCADE, related_name="miners")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="curtailments")
    place = models.PositiveIntegerField()
    state = models.CharField(
        max_length=10, choices=CurtailedState.choices, default=CurtailedState.CHOSEN
    )
    watts_before = models.PositiveIntegerField()
    joule_before = models.FloatField(null=True)
    stage = models.PositiveSmallIntegerField(default=0)
    job_id = models.UUIDField(null=True, unique=True)
    commands = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    late = models.BooleanField(default=False)
    detail = models.CharField(max_length=500, blank=True)
    not_before = models.DateTimeField(null=True)
    commanded_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    restored_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(default=now)

    system = models.Manager["CurtailedMiner"]()
    objects = CurtailedRows.as_manager()

    class Meta:
        ordering = ("place",)
        constraints = (
            models.UniqueConstraint(
                fields=("device",),
                condition=models.Q(state__in=HELD),
                name="miners_one_curtailment_per_device",
            ),
        )
        indexes = (models.Index(fields=("curtailment", "state"), name="miners_curtailed_of_event"),)

    def __str__(self) -> str:
        return f"{self.device_id} {self.state}"


class CurtailmentSample(models.Model):
    """One instant of an event's proof. Watts of the whole place.

    `watts` is what fresh readings say; `counted_watts` also counts what is not proven: a miner
    that does not answer counts as if it drew what it drew before.
    """

    pk = models.CompositePrimaryKey("curtailment_id", "at")
    curtailment = models.ForeignKey(Curtailment, on_delete=models.CASCADE, related_name="samples")
    at = models.DateTimeField()
    watts = models.PositiveBigIntegerField()
    counted_watts = models.PositiveBigIntegerField()
    paused = models.PositiveIntegerField()
    late = models.PositiveIntegerField()

    objects = models.Manager["CurtailmentSample"]()

    class Meta:
        ordering = ("at",)

    def __str__(self) -> str:
        return f"{self.curtailment_id} {self.at}"
