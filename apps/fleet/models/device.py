"""A device: what it is, where it stands, how it is reached."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.models import Tenant
from apps.fleet.models.site import Site
from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class DeviceKind(models.TextChoices):
    """What family a device belongs to."""

    CORE = "core", "Q-SYS Core"
    MINER = "miner", "Miner"


class DeviceStatus(models.TextChoices):
    """Whether a device is operated."""

    ACTIVE = "active", "Active"
    DECOMMISSIONED = "decommissioned", "Decommissioned"


class DeviceRows(ScopedQuerySet["Device"]):
    """Devices are seen where a right covers their site or names them."""

    path_field = "site_path"
    device_field = "id"


class Device(models.Model):
    """One machine. Identity is serial or MAC, never the address, which may move.

    `site_path` repeats the site's path, so that rights are checked without a join.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="devices")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="devices")
    site_path = models.CharField(max_length=300, editable=False)
    kind = models.CharField(max_length=10, choices=DeviceKind.choices)
    driver = models.CharField(max_length=30)
    name = models.CharField(max_length=100)
    address = models.CharField(max_length=255, help_text="IP address or host name.")
    ports = models.JSONField(default=dict, blank=True, help_text="Ports other than the usual.")
    serial = models.CharField(max_length=100, blank=True)
    mac = models.CharField(max_length=17, blank=True)
    model = models.CharField(max_length=100, blank=True)
    firmware = models.CharField(max_length=100, blank=True)
    circuit = models.CharField(
        max_length=60, blank=True, db_default="", help_text="The power circuit or PDU it hangs on."
    )
    slot = models.CharField(
        max_length=20, blank=True, db_default="", help_text="Its place in the rack."
    )
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    status = models.CharField(
        max_length=14, choices=DeviceStatus.choices, default=DeviceStatus.ACTIVE
    )
    shard = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)

    system = models.Manager["Device"]()
    objects = DeviceRows.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("tenant", "name"),
                condition=models.Q(status="active"),
                name="fleet_device_name",
            ),
            models.UniqueConstraint(
                fields=("tenant", "kind", "serial"),
                condition=models.Q(status="active") & ~models.Q(serial=""),
                name="fleet_device_serial",
            ),
            models.UniqueConstraint(
                fields=("tenant", "mac"),
                condition=models.Q(status="active") & ~models.Q(mac=""),
                name="fleet_device_mac",
            ),
        )
        indexes = (
            models.Index(fields=("tenant", "site_path"), name="fleet_device_place"),
            models.Index(fields=("driver", "shard"), name="fleet_device_shard"),
        )

    def __str__(self) -> str:
        return self.name


class Credential(models.Model):
    """How to log in to a device; sealed at rest, never returned.

    `version` counts what was set, so that sessions opened with an older one are given up;
    sealing the same secret under a newer key leaves it alone.
    """

    device = models.OneToOneField(Device, on_delete=models.CASCADE, related_name="credential")
    sealed = models.BinaryField()
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    objects = models.Manager["Credential"]()

    def __str__(self) -> str:
        return f"credential of {self.device_id}"
