"""What may not be done to the controls of Cores, by whom, and when."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.accounts.models import Tenant
from apps.fleet.models import Device
from apps.kernel.actor import Right
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class PolicyRows(ScopedQuerySet["ControlPolicy"]):
    """Policies are seen where they hold: at a place, above it, below it, or on a device of it."""

    path_field = "site_path"
    device_field = "device_id"

    def _place_condition(self, right: Right) -> Q:
        found = super()._place_condition(right)
        if right.path is not None:
            found |= Q(site_path__in=_above(right.path))
            found |= Q(device__site_path__startswith=right.path)
        return found


def _above(path: str) -> list[str]:
    """A place and all that contain it, the whole tenant (`/`) first."""
    steps = path.strip("/").split("/") if path.strip("/") else []
    return ["/", *(f"/{'/'.join(steps[: n + 1])}/" for n in range(len(steps)))]


class ControlPolicy(models.Model):
    """One policy: where it holds, which controls, what it demands, when.

    It holds on `device`, or below `site_path` (blank with a device) on Cores with `tag` (blank:
    all). `component` and `controls` are shell patterns that ignore case; a blank component means
    named controls. Numbers are in the control's own unit. Without `windows`, which are written
    as `kernel.windows` reads them, it is always in force; else within them, or outside of
    them. `unless` is a permission whose holders it does not bind. A `lock` was set in an
    emergency and goes by operations of its own.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="control_policies")
    device = models.ForeignKey(
        Device, on_delete=models.CASCADE, null=True, blank=True, related_name="control_policies"
    )
    site_path = models.CharField(max_length=300, blank=True, default="/")
    tag = models.CharField(max_length=50, blank=True)
    name = models.CharField(max_length=100)
    note = models.CharField(max_length=500, blank=True)
    component = models.CharField(max_length=300, default="*", blank=True)
    controls = ArrayField(models.CharField(max_length=300), default=list)
    protected = models.BooleanField(default=False)
    max_step = models.FloatField(null=True, blank=True)
    minimum = models.FloatField(null=True, blank=True)
    maximum = models.FloatField(null=True, blank=True)
    require_reason = models.BooleanField(default=False)
    second_person = models.BooleanField(default=False)
    unless = models.CharField(max_length=60, blank=True)
    windows = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    outside = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=64, default="UTC")
    lock = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.CharField(max_length=150, blank=True)

    system = models.Manager["ControlPolicy"]()
    objects = PolicyRows.as_manager()

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "control policies"
        constraints = (
            models.UniqueConstraint(
                fields=("tenant", "device", "site_path", "tag", "name"),
                nulls_distinct=False,
                name="qsys_policy_name",
            ),
            models.CheckConstraint(
                condition=Q(device=None) ^ Q(site_path=""), name="qsys_policy_place"
            ),
            models.CheckConstraint(
                condition=Q(max_step=None) | Q(max_step__gte=0), name="qsys_policy_step"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> str:
        """Where it holds, in words."""
        if self.device is not None:
            return self.device.name
        where = "the whole tenant" if self.site_path == "/" else self.site_path
        return f"Cores tagged {self.tag} of {where}" if self.tag else where
