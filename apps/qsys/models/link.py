"""How a Core is reached: by which transport, at which ends, and whom we take for it."""

from django.db import models

from apps.fleet.models import Device


class Transport(models.TextChoices):
    """By what a Core is talked to."""

    AUTO = "auto", "QRC, or QRWC where the Core refuses QRC"
    QRC = "qrc", "QRC over TCP"
    QRWC = "qrwc", "QRWC over WebSocket"
    QRWCS = "qrwcs", "QRWC over secure WebSocket"


class Side(models.TextChoices):
    """The ends of a redundant pair; a Core of its own has only the main one."""

    MAIN = "main", "The Core at the device's address"
    PARTNER = "partner", "The Core at the partner's address"


class Pairing(models.TextChoices):
    """The verdict on a pair."""

    NORMAL = "normal", "One serves, the other stands by"
    DEGRADED = "degraded", "One serves, the other does not answer"
    UNSERVED = "unserved", "Neither is active"
    SPLIT = "split", "Both are active"
    DIFFERING = "differing", "They run different designs"


class CoreEnd(models.Model):
    """One end of a Core. The address of the main end is the device's own.

    `pinned` is the SHA-256 of the certificate that counts, `seen` that of the last stranger.
    `state`, `design_code` and `reason` are what the poller knows of an end of a pair, since
    `state_at`; a blank state means that it does not answer.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="core_ends")
    side = models.CharField(max_length=7, choices=Side.choices)
    address = models.CharField(max_length=253, blank=True)
    ports = models.JSONField(default=dict, blank=True)
    pinned = models.CharField(max_length=64, blank=True)
    pinned_at = models.DateTimeField(null=True)
    seen = models.CharField(max_length=64, blank=True)
    seen_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=20, blank=True)
    design_code = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    state_at = models.DateTimeField(null=True)

    objects = models.Manager["CoreEnd"]()

    class Meta:
        ordering = ("side",)
        constraints = (
            models.UniqueConstraint(fields=("device", "side"), name="qsys_core_end_side"),
        )

    def __str__(self) -> str:
        return f"{self.side} end of {self.device_id}"
