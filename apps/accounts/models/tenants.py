"""A tenant: the wall between customers, and the policies they set for themselves."""

from django.db import models

from apps.kernel.ids import new_id


class Tenant(models.Model):
    """One customer. Every other row belongs to exactly one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    batch_threshold = models.PositiveIntegerField(
        default=10, help_text="Operations on more targets than this need a second person."
    )
    agents_need_approval = models.BooleanField(
        default=False, help_text="Disruptive operations of agents need a second person."
    )
    two_call_confirmation = models.BooleanField(
        default=True,
        help_text="Assistants that cannot ask their person may confirm by a second call.",
    )
    agents_stopped_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when no agent does anything; the kill switch."
    )
    agent_calls_per_hour = models.PositiveIntegerField(
        default=1_000, help_text="Calls an agent may make in an hour."
    )
    agent_devices_per_hour = models.PositiveIntegerField(
        default=100, help_text="Devices an agent may change in an hour."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.slug
