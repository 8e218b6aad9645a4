"""The outbox: an event is a row in the transaction of what it tells."""

from django.db import models

from apps.kernel.clock import now
from apps.kernel.fields import TransactionIdField


class Outbox(models.Model):
    """One event, with all that a stream needs to know about who may see it."""

    id = models.BigAutoField(primary_key=True)
    tx = TransactionIdField()
    at = models.DateTimeField(default=now, db_index=True)
    type = models.CharField(max_length=60)
    tenant_id = models.UUIDField(null=True)
    site_path = models.CharField(max_length=300, default="/")
    device_id = models.UUIDField(null=True)
    permission = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)

    objects = models.Manager["Outbox"]()

    class Meta:
        ordering = ("tx", "id")
        indexes = (models.Index(fields=("tx", "id"), name="events_in_commit_order"),)

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
