"""Alerts: what is wrong where, since when, and who is at it; thresholds and silences."""

from django.db import models

from apps.fleet.models.device import Device
from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class Severity(models.TextChoices):
    """How bad it is; `alerts.rules.RANK` orders them."""

    CRITICAL = "critical", "Critical"
    WARNING = "warning", "Warning"
    INFO = "info", "Info"


class AlertState(models.TextChoices):
    """States of an alert; the moves are in `fleet.alerts.hysteresis`."""

    PENDING = "pending", "Pending"
    FIRING = "firing", "Firing"
    RESOLVED = "resolved", "Resolved"


OPEN = (AlertState.PENDING, AlertState.FIRING)


class AlertRows(ScopedQuerySet["Alert"]):
    """Alerts are seen where their device or place is seen."""

    path_field = "site_path"
    device_field = "device_id"


class Alert(models.Model):
    """One thing that is wrong: a rule, and the device or place it speaks of.

    `subject` tells several things of one device apart, and names a place or circuit where there
    is no device. `muted` says why nobody is told, blank where people are; `told` whether they
    were. `value` and `threshold` are in the unit of the rule.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    rule = models.CharField(max_length=60)
    device = models.ForeignKey(
        Device, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts"
    )
    subject = models.CharField(max_length=200, blank=True)
    label = models.CharField(max_length=200, help_text="What it speaks of, as people call it.")
    site_path = models.CharField(max_length=300)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    state = models.CharField(max_length=10, choices=AlertState.choices, default=AlertState.PENDING)
    value = models.FloatField()
    threshold = models.FloatField()
    note = models.CharField(max_length=300, blank=True)
    muted = models.CharField(max_length=300, blank=True)
    told = models.BooleanField(default=False)
    pending_since = models.DateTimeField(default=now)
    clearing_since = models.DateTimeField(null=True)
    fired_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(help_text="When the value was read.")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    remark = models.CharField(max_length=500, blank=True)

    system = models.Manager["Alert"]()
    objects = AlertRows.as_manager()

    class Meta:
        ordering = ("-pending_since", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("tenant_id", "rule", "device", "subject"),
                condition=models.Q(state__in=OPEN),
                nulls_distinct=False,
                name="fleet_one_open_alert",
            ),
        )
        indexes = (
            models.Index(fields=("tenant_id", "state", "-fired_at"), name="fleet_alerts_by_state"),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.label} {self.state}"


class AlertRound(models.Model):
    """Whose alerts were looked at when. Its row is the lock that makes two ticks take turns."""

    tenant_id = models.UUIDField(primary_key=True)
    looked_at = models.DateTimeField(null=True)

    objects = models.Manager["AlertRound"]()

    def __str__(self) -> str:
        return f"alerts of {self.tenant_id}"


class SettingRows(ScopedQuerySet["AlertSetting"]):
    """Thresholds are seen where a right covers their place."""

    path_field = "path"


class AlertSetting(models.Model):
    """How a rule is set at a place and below it; blank columns keep what the rule itself says.

    The setting of the nearest place counts, whole.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    rule = models.CharField(max_length=60)
    path = models.CharField(max_length=300, default="/")
    enabled = models.BooleanField(null=True)
    severity = models.CharField(max_length=10, choices=Severity.choices, blank=True)
    raise_at = models.FloatField(null=True)
    clear_at = models.FloatField(null=True)
    raise_seconds = models.PositiveIntegerField(null=True)
    clear_seconds = models.PositiveIntegerField(null=True)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.CharField(max_length=150, blank=True)

    system = models.Manager["AlertSetting"]()
    objects = SettingRows.as_manager()

    class Meta:
        ordering = ("rule", "path")
        constraints = (
            models.UniqueConstraint(
                fields=("tenant_id", "rule", "path"), name="fleet_alert_setting_place"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} at {self.path}"


class SilenceRows(ScopedQuerySet["Silence"]):
    """Silences are seen where a right covers their place or device."""

    path_field = "path"
    device_field = "device_id"


class Silence(models.Model):
    """Nobody is told of what it matches until `ends_at`; blank columns match everything."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    path = models.CharField(max_length=300, default="/")
    kind = models.CharField(max_length=10, blank=True)
    rule = models.CharField(max_length=60, blank=True)
    device = models.ForeignKey(
        Device, on_delete=models.CASCADE, null=True, blank=True, related_name="silences"
    )
    reason = models.CharField(max_length=500)
    author = models.CharField(max_length=150)
    begins_at = models.DateTimeField(default=now)
    ends_at = models.DateTimeField()
    ended_by = models.CharField(max_length=150, blank=True)

    system = models.Manager["Silence"]()
    objects = SilenceRows.as_manager()

    class Meta:
        ordering = ("-begins_at", "-id")
        indexes = (models.Index(fields=("tenant_id", "ends_at"), name="fleet_silences_in_force"),)

    def __str__(self) -> str:
        return f"silence of {self.path} until {self.ends_at}"
