"""One device of one disruptive job, and where it stands in its state machine."""

from typing import Final

from django.db import models

from apps.fleet.models.device import Device
from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class TargetState(models.TextChoices):
    """States of a target; the moves are in `fleet.targets`."""

    QUEUED = "queued", "Queued"
    PREFLIGHT = "preflight", "Checking"
    READY = "ready", "Ready"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    REBOOTING = "rebooting", "Rebooting"
    VERIFYING = "verifying", "Verifying"
    COMMITTED = "committed", "Soaking"
    RECONCILING = "reconciling", "Reconciling"
    ROLLING_BACK = "rolling_back", "Rolling back"
    SUCCEEDED = "succeeded", "Succeeded"
    ALREADY_DONE = "already_done", "Already done"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    REJECTED = "rejected", "Rejected"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"
    TIMED_OUT = "timed_out", "Timed out"
    ROLLED_BACK = "rolled_back", "Rolled back"
    ROLLBACK_FAILED = "rollback_failed", "Rollback failed"
    NEEDS_HUMAN = "needs_human", "Needs a person"


TERMINAL: Final = (
    "succeeded",
    "already_done",
    "not_applicable",
    "rejected",
    "cancelled",
    "failed",
    "timed_out",
    "rolled_back",
    "rollback_failed",
    "needs_human",
)


class TargetRows(ScopedQuerySet["Target"]):
    """Targets are seen where their device is seen."""

    path_field = "device__site_path"
    device_field = "device_id"


class Target(models.Model):
    """A non-terminal row holds its device: no second disruptive job can have one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    job_id = models.UUIDField(db_index=True)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="targets")
    operation = models.CharField(max_length=80)
    state = models.CharField(max_length=15, choices=TargetState.choices, default=TargetState.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=1)
    epoch = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)
    device_before = models.JSONField(null=True)
    device_after = models.JSONField(null=True)
    detail = models.CharField(max_length=500, blank=True)
    intent_at = models.DateTimeField(null=True)
    deadline = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)

    system = models.Manager["Target"]()
    objects = TargetRows.as_manager()

    class Meta:
        ordering = ("created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("device",),
                condition=~models.Q(state__in=TERMINAL),
                name="fleet_one_disruptive_job_per_device",
            ),
        )

    def __str__(self) -> str:
        return f"{self.device_id} {self.state}"
