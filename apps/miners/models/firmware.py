"""Firmware images and the keys they are signed with: content-addressed, offered once proven."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class ImageState(models.TextChoices):
    """How far an image has come; the moves are in `miners.firmware.states`."""

    RECEIVING = "receiving", "Receiving"
    UPLOADED = "uploaded", "Uploaded"
    VERIFYING = "verifying", "Verifying"
    VERIFIED = "verified", "Verified"
    REJECTED = "rejected", "Rejected"
    PUBLISHED = "published", "Published"
    WITHDRAWN = "withdrawn", "Withdrawn"


class TrustedKeyRows(ScopedQuerySet["TrustedKey"]):
    """Keys belong to a tenant and to no place."""


class TrustedKey(models.Model):
    """The public half of an Ed25519 key whose signatures a tenant believes until `not_after`.

    A row is never deleted: that a tenant has ever trusted a key is what makes it refuse images
    that nobody signed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    name = models.CharField(max_length=100)
    public_key = models.CharField(max_length=64, help_text="32 bytes in hex.")
    not_after = models.DateTimeField()
    trusted_at = models.DateTimeField(default=now)
    trusted_by = models.CharField(max_length=150)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)
    withdrawn_reason = models.CharField(max_length=500, blank=True)

    system = models.Manager["TrustedKey"]()
    objects = TrustedKeyRows.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=("tenant_id", "public_key"), name="miners_key_once"),
            models.UniqueConstraint(
                fields=("tenant_id", "name"),
                condition=Q(withdrawn_at=None),
                name="miners_key_name",
            ),
        )

    def __str__(self) -> str:
        return self.name


class ImageRows(ScopedQuerySet["FirmwareImage"]):
    """Images belong to a tenant and to no place."""


class FirmwareImage(models.Model):
    """One image. `sha256` is what it must be; the file is named by it.

    `signature` is base64 of 64 bytes over the statement that `firmware.trust` makes of the row;
    blank where nobody signed. `detail` is why it was rejected or withdrawn.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    product = models.CharField(max_length=40, default="braiins-os")
    version = models.CharField(max_length=100, help_text="What a miner says after installing it.")
    min_version = models.CharField(max_length=100, blank=True)
    device_models = ArrayField(models.CharField(max_length=100), default=list)
    platforms = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    state = models.CharField(
        max_length=10, choices=ImageState.choices, default=ImageState.RECEIVING
    )
    signature = models.CharField(max_length=88, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    uploaded_by = models.CharField(max_length=150, blank=True)
    published_by = models.CharField(max_length=150, blank=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(default=now)
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    system = models.Manager["FirmwareImage"]()
    objects = ImageRows.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(fields=("tenant_id", "sha256"), name="miners_image_content"),
        )

    def __str__(self) -> str:
        return self.version
