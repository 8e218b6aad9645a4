"""A request for a second person, bound to one plan of one requester."""

from django.db import models
from django.db.models import F, Q

from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class ApprovalState(models.TextChoices):
    """Where a request stands."""

    PENDING = "pending", "Waiting for a second person"
    GRANTED = "granted", "Granted"
    REFUSED = "refused", "Refused"
    USED = "used", "Used"
    EXPIRED = "expired", "Expired"


class ApprovalRows(ScopedQuerySet["Approval"]):
    """Requests are seen where what they act on is seen."""

    path_field = "site_path"
    device_field = "device_id"


class Approval(models.Model):
    """Granting runs nothing: the requester repeats the call with the confirmation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    operation = models.CharField(max_length=80)
    input = models.JSONField(default=dict)
    body = models.CharField(max_length=64)
    plan = models.JSONField()
    plan_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=500, blank=True)
    site_path = models.CharField(max_length=300, default="/")
    device_id = models.UUIDField(null=True)
    requester_id = models.UUIDField()
    requester_label = models.CharField(max_length=150)
    person_id = models.UUIDField()
    schedule_id = models.UUIDField(null=True)
    state = models.CharField(
        max_length=8, choices=ApprovalState.choices, default=ApprovalState.PENDING
    )
    approver_id = models.UUIDField(null=True)
    approver_label = models.CharField(max_length=150, blank=True)
    comment = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=now)
    decided_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    system = models.Manager["Approval"]()
    objects = ApprovalRows.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(approver_id=None) | ~Q(approver_id=F("requester_id")),
                name="operations_approver_is_not_requester",
            ),
            models.CheckConstraint(
                condition=Q(approver_id=None) | ~Q(approver_id=F("person_id")),
                name="operations_approver_is_not_the_person_behind",
            ),
            models.UniqueConstraint(
                fields=("requester_id", "operation", "body", "plan_hash"),
                condition=Q(state__in=("pending", "granted")),
                name="operations_one_open_request",
            ),
        )

    def __str__(self) -> str:
        return f"{self.operation} for {self.requester_label}"
