"""Evidence: rows that are only ever inserted, and seals over ranges of them."""

from django.db import models

from apps.kernel.clock import now
from apps.kernel.fields import TransactionIdField
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class Entry(models.TextChoices):
    """What a row says."""

    INTENT = "intent", "Intent"
    OUTCOME = "outcome", "Outcome"
    DENIED = "denied", "Denied"
    TRANSITION = "transition", "Transition"
    LOGIN = "login", "Log-in"


class AuditRows(ScopedQuerySet["AuditLog"]):
    """Audit rows carry the place of their object."""

    path_field = "site_path"
    device_field = "device_id"


class AuditLog(models.Model):
    """One piece of evidence. An outcome is a second row that names its intent.

    Kind and id of the object are stored beside a frozen label, so that the row still reads when
    the object is gone, and this app needs to know no other.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tx = TransactionIdField()
    at = models.DateTimeField(default=now, db_index=True)
    tenant_id = models.UUIDField(null=True)
    entry = models.CharField(max_length=10, choices=Entry.choices)
    intent = models.ForeignKey(
        "self", on_delete=models.DO_NOTHING, null=True, related_name="outcomes", db_constraint=False
    )
    operation = models.CharField(max_length=80)
    face = models.CharField(max_length=10)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.UUIDField()
    actor_label = models.CharField(max_length=150)
    acts_for = models.UUIDField(null=True)
    credential_id = models.UUIDField(null=True)
    client = models.CharField(max_length=100, blank=True)
    address = models.CharField(max_length=45, blank=True)
    object_kind = models.CharField(max_length=30, blank=True)
    object_id = models.UUIDField(null=True)
    object_label = models.CharField(max_length=200, blank=True)
    site_path = models.CharField(max_length=300, default="/")
    device_id = models.UUIDField(null=True)
    verdict = models.CharField(max_length=30, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    input = models.JSONField(default=dict)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    plan_hash = models.CharField(max_length=64, blank=True)
    call_id = models.UUIDField(null=True, db_index=True)
    job_id = models.UUIDField(null=True, db_index=True)
    request_id = models.CharField(max_length=100, blank=True, db_index=True)
    trace_id = models.CharField(max_length=64, blank=True)
    duration_ms = models.PositiveIntegerField(null=True)
    schema = models.PositiveSmallIntegerField(default=1)

    system = models.Manager["AuditLog"]()
    objects = AuditRows.as_manager()

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit log"
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("tenant_id", "-id"), name="audit_of_tenant"),
            models.Index(fields=("object_id", "-id"), name="audit_of_object"),
            models.Index(fields=("tx", "id"), name="audit_in_commit_order"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("intent",),
                condition=models.Q(entry="outcome"),
                name="audit_one_outcome_per_intent",
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_label} {self.operation} {self.entry}"


class Seal(models.Model):
    """A signed Merkle root over the rows that committed since the seal before."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(default=now)
    count = models.PositiveIntegerField()
    first_tx = models.DecimalField(max_digits=20, decimal_places=0)
    first_id = models.UUIDField()
    last_tx = models.DecimalField(max_digits=20, decimal_places=0)
    last_id = models.UUIDField()
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=128)

    objects = models.Manager["Seal"]()

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"seal {self.number} over {self.count}"
