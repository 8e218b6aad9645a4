"""What a Core and its components report of themselves, for how long, and which design ran when."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.fleet.models import Device
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class StatusCode(models.IntegerChoices):
    """The six codes of Q-SYS, of components and of Cores alike.

    Missing is required and absent; not present is absent and not required.
    """

    OK = 0, "OK"
    COMPROMISED = 1, "Compromised"
    FAULT = 2, "Fault"
    NOT_PRESENT = 3, "Not present"
    MISSING = 4, "Missing"
    INITIALIZING = 5, "Initializing"


class ItemKind(models.TextChoices):
    """What an item of the inventory is."""

    CORE = "core", "The Core itself"
    PARTNER = "partner", "The other Core of a pair"
    COMPONENT = "component", "A component with a status"


class ItemRows(ScopedQuerySet["InventoryItem"]):
    """Items are seen where their device is seen."""

    tenant_field = "device__tenant_id"
    path_field = "device__site_path"
    device_field = "device_id"


class InventoryItem(models.Model):
    """Something of a Core that has a status. `component` and `control` name a component's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="inventory")
    kind = models.CharField(max_length=9, choices=ItemKind.choices)
    component = models.TextField(blank=True)
    control = models.TextField(blank=True)

    system = models.Manager["InventoryItem"]()
    objects = ItemRows.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("device", "kind", "component", "control"), name="qsys_inventory_item"
            ),
        )

    def __str__(self) -> str:
        return f"{self.component} / {self.control}" if self.component else self.kind


class SpellRows(ScopedQuerySet["InventorySpell"]):
    """Spells are seen where the device of their item is seen."""

    tenant_field = "item__device__tenant_id"
    path_field = "item__device__site_path"
    device_field = "item__device_id"


class InventorySpell(models.Model):
    """A stretch of time in one status. The open one is what the item is now; without one it is
    no part of the running design any more. `text` is the Core's last words of the spell.
    """

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(InventoryItem, on_delete=models.CASCADE, related_name="spells")
    code = models.SmallIntegerField(choices=StatusCode.choices)
    text = models.CharField(max_length=300, blank=True)
    began = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    system = models.Manager["InventorySpell"]()
    objects = SpellRows.as_manager()

    class Meta:
        indexes = (models.Index(fields=("item", "-began"), name="qsys_spell_item"),)
        constraints = (
            models.UniqueConstraint(
                fields=("item",), condition=Q(ended=None), name="qsys_spell_open"
            ),
            models.CheckConstraint(
                condition=Q(ended=None) | Q(ended__gte=models.F("began")), name="qsys_spell_span"
            ),
        )

    def __str__(self) -> str:
        return f"{self.item_id} {StatusCode(self.code).label} since {self.began}"


class RunRows(ScopedQuerySet["DesignRun"]):
    """Runs are seen where their device is seen."""

    tenant_field = "device__tenant_id"
    path_field = "device__site_path"
    device_field = "device_id"


class DesignRun(models.Model):
    """A stretch of time in which a Core ran one design on one firmware. The open one runs now.

    `firmware` is what fleet knows of the device; the control protocol does not tell it.
    """

    id = models.BigAutoField(primary_key=True)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="design_runs")
    design = models.CharField(max_length=200, blank=True)
    design_code = models.CharField(max_length=40)
    platform = models.CharField(max_length=60, blank=True)
    firmware = models.CharField(max_length=100, blank=True)
    began = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    system = models.Manager["DesignRun"]()
    objects = RunRows.as_manager()

    class Meta:
        indexes = (models.Index(fields=("device", "-began"), name="qsys_run_device"),)
        constraints = (
            models.UniqueConstraint(
                fields=("device",), condition=Q(ended=None), name="qsys_run_open"
            ),
        )

    def __str__(self) -> str:
        return f"{self.device_id} {self.design} {self.design_code}"


class DesignPin(models.Model):
    """Which design a Core is expected to run. A blank code means any of that name."""

    device = models.OneToOneField(
        Device, on_delete=models.CASCADE, primary_key=True, related_name="design_pin"
    )
    design = models.CharField(max_length=200, blank=True)
    design_code = models.CharField(max_length=40, blank=True)
    firmware = models.CharField(max_length=100, blank=True)
    pinned_by = models.CharField(max_length=150)
    pinned_at = models.DateTimeField()

    objects = models.Manager["DesignPin"]()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(design="") | ~Q(design_code="") | ~Q(firmware=""),
                name="qsys_pin_says",
            ),
        )

    def __str__(self) -> str:
        return f"{self.device_id} {self.design} {self.design_code}"


class DesignDrift(models.Model):
    """A Core that does not run what it should, and has been told about; gone when it does.

    `reasons` are of pin, pair, site and firmware; `detail` says it in words.
    """

    device = models.OneToOneField(
        Device, on_delete=models.CASCADE, primary_key=True, related_name="design_drift"
    )
    reasons = ArrayField(models.CharField(max_length=10))
    detail = models.CharField(max_length=500)
    since = models.DateTimeField()

    objects = models.Manager["DesignDrift"]()

    def __str__(self) -> str:
        return f"{self.device_id} {self.reasons}"
