"""Firmware images: content-addressed, and offered only once every byte is proven."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class ImageState(models.TextChoices):
    """How far an image has come."""

    RECEIVING = "receiving", "Receiving"
    VERIFIED = "verified", "Verified"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ImageRows(ScopedQuerySet["FirmwareImage"]):
    """Images belong to a tenant and to no place."""


class FirmwareImage(models.Model):
    """One image. `sha256` is what it must be; the file is named by it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    version = models.CharField(max_length=100, help_text="What a miner says after installing it.")
    device_models = ArrayField(models.CharField(max_length=100), default=list)
    platforms = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    state = models.CharField(
        max_length=10, choices=ImageState.choices, default=ImageState.RECEIVING
    )
    uploaded_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(default=now)

    system = models.Manager["FirmwareImage"]()
    objects = ImageRows.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(fields=("tenant_id", "sha256"), name="miners_image_content"),
        )

    def __str__(self) -> str:
        return self.version
