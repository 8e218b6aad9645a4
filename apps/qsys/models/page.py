"""Pages that were submitted from here, with what their Core told of them since."""

from typing import Final

from django.db import models

from apps.fleet.models import Device
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class PageRows(ScopedQuerySet["Page"]):
    """Pages are seen where their Core is seen."""

    tenant_field = "device__tenant_id"
    path_field = "device__site_path"
    device_field = "device_id"


class PageStage(models.TextChoices):
    """Where a page is: the states of the Core, and two for what the Core does not tell."""

    SENDING = "sending", "Sending"
    READY = "ready", "Ready"
    WAIT = "wait", "Waiting"
    INPUT = "input", "Being spoken"
    OUTPUT = "output", "Going out"
    DONE = "done", "Over"
    UNKNOWN = "unknown", "Unknown"


#: Days for which a page that is over is kept; the audit trail tells who paged what for longer.
PAGES_KEEP_DAYS: Final = 90
#: States from which nothing follows.
OVER: Final = (PageStage.DONE, PageStage.UNKNOWN)


class Page(models.Model):
    """One page. `number` is the Core's, which a restarted Core gives again to another page.

    `line` names the connection it was submitted on, to which alone a Core tells a page's states.
    `busy_before` are numbers of pages that were on the air just before, so that a page whose
    answer was lost can be told from them. `zones` are `[index, name]`; `count` the seconds left
    of a countdown. `ending` is the Core's word (success, cancel, timeout, interrupt, fail) or
    ours: refused, unseen (on the air, and then not; nobody told how), unknown. `asked` is what it
    was told since: stop or cancel. `on_air_at` is when it first held its zones.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="pages")
    job_id = models.UUIDField(unique=True)
    call_id = models.UUIDField()
    line = models.CharField(max_length=40, blank=True)
    number = models.BigIntegerField(null=True)
    busy_before = models.JSONField(default=list)
    mode = models.CharField(max_length=10)
    zones = models.JSONField(default=list)
    priority = models.PositiveSmallIntegerField()
    station = models.CharField(max_length=200, blank=True)
    message = models.CharField(max_length=500, blank=True)
    description = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=150)
    on_air_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=PageStage, default=PageStage.SENDING)
    detail = models.CharField(max_length=40, blank=True)
    words = models.CharField(max_length=300, blank=True)
    count = models.IntegerField(null=True)
    asked = models.CharField(max_length=6, blank=True)
    ending = models.CharField(max_length=10, blank=True)
    submitted_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    heard_at = models.DateTimeField()

    system = models.Manager["Page"]()
    objects = PageRows.as_manager()

    class Meta:
        ordering = ("-submitted_at", "-id")
        indexes = (models.Index(fields=("device", "-submitted_at"), name="qsys_page_of_device"),)

    def __str__(self) -> str:
        return f"{self.mode} page {self.number or self.id}"

    @property
    def over(self) -> bool:
        """Whether nothing follows any more."""
        return self.state in OVER

    @property
    def was_on_air(self) -> bool:
        """Whether it held its zones at some time."""
        return self.on_air_at is not None

    @property
    def zone_names(self) -> list[str]:
        """Its zones as people call them."""
        return [name or f"zone {index}" for index, name in self.zones]
