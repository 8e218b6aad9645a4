"""The claim of a call that changes something: its key, its body, its stored reply."""

from django.db import models

from apps.kernel.clock import now


class IdempotencyKey(models.Model):
    """One claimed call. Without a key of the caller's, the call's own id is the key.

    `reply` is what a repetition gets. A row without one, past `deadline`, has lost its verdict
    and is settled by asking the device, never by running again.
    """

    call_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField(null=True)
    actor_id = models.UUIDField()
    operation = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    body = models.CharField(max_length=64)
    confirmation_id = models.UUIDField(null=True, unique=True)
    intent_id = models.UUIDField(null=True)
    face = models.CharField(max_length=10)
    request_id = models.CharField(max_length=100, blank=True)
    actor = models.JSONField(default=dict)
    sealed_input = models.BinaryField()
    deadline = models.DateTimeField()
    lost = models.BooleanField(default=False)
    reply = models.JSONField(null=True)
    created_at = models.DateTimeField(default=now, db_index=True)

    objects = models.Manager["IdempotencyKey"]()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("actor_id", "operation", "key"), name="operations_one_claim_per_key"
            ),
        )
        indexes = (
            models.Index(
                fields=("deadline",),
                name="operations_unsettled",
                condition=models.Q(reply__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"
