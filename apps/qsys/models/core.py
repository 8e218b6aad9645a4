"""What is known of a Core besides what every device has."""

from django.db import models

from apps.fleet.models import Device
from apps.kernel.querysets import ScopedQuerySet
from apps.qsys.models.link import Pairing, Side, Transport


class CoreRows(ScopedQuerySet["Core"]):
    """Cores are seen where their device is seen."""

    tenant_field = "device__tenant_id"
    path_field = "device__site_path"
    device_field = "device_id"


class Core(models.Model):
    """One Q-SYS Core. Written by the poller, from what the Core says of its engine.

    `design_code` is new at each deployment; controls that carry it are those of the running
    design. `state` is Idle, Active or Standby, in the Core's own words. `transport`, `ca_pem`
    and `server_name` say how it is talked to; connections older than the `link` count are made
    anew. Of a redundant pair `pair` is the verdict on both ends and `active` the end that serves.
    """

    device = models.OneToOneField(
        Device, on_delete=models.CASCADE, primary_key=True, related_name="core"
    )
    platform = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=20, blank=True)
    design = models.CharField(max_length=200, blank=True)
    design_code = models.CharField(max_length=40, blank=True)
    redundant = models.BooleanField(default=False)
    emulator = models.BooleanField(default=False)
    status_code = models.SmallIntegerField(null=True)
    status = models.CharField(max_length=300, blank=True)
    controls_total = models.PositiveIntegerField(default=0)
    design_at = models.DateTimeField(null=True, help_text="When this design was first seen.")
    updated_at = models.DateTimeField(null=True)
    transport = models.CharField(max_length=6, choices=Transport.choices, default=Transport.AUTO)
    ca_pem = models.TextField(blank=True, help_text="Authorities that a certificate may be of.")
    server_name = models.CharField(max_length=253, blank=True)
    link = models.PositiveIntegerField(default=0, help_text="Counts the times it was changed.")
    pair = models.CharField(max_length=10, choices=Pairing.choices, blank=True)
    active = models.CharField(max_length=7, choices=Side.choices, blank=True)

    system = models.Manager["Core"]()
    objects = CoreRows.as_manager()

    def __str__(self) -> str:
        return f"core {self.device_id}"
