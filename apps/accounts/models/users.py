"""A user: a person who logs in, or an agent that acts for one."""

from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from apps.accounts.models.tenants import Tenant
from apps.kernel.ids import new_id


class UserKind(models.TextChoices):
    """Who is behind the account."""

    PERSON = "person", "Person"
    AGENT = "agent", "Agent"


class User(AbstractUser):
    """An account. Rights come from grants alone; `is_superuser` only opens the back office."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="users", null=True)
    kind = models.CharField(max_length=10, choices=UserKind.choices, default=UserKind.PERSON)
    acts_for = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="agents"
    )
    is_assistant = models.BooleanField(
        default=False, help_text="An agent that its person connected: it holds what they hold."
    )
    failed_logins = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when this agent does nothing; the kill switch."
    )
    calls_per_hour = models.PositiveIntegerField(
        null=True, blank=True, help_text="Calls of this agent; blank takes the tenant's."
    )
    devices_per_hour = models.PositiveIntegerField(
        null=True, blank=True, help_text="Devices this agent may change; blank: the tenant's."
    )

    class Meta(AbstractUser.Meta):
        ordering = ("username",)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind=UserKind.PERSON, acts_for__isnull=True)
                | Q(kind=UserKind.AGENT, acts_for__isnull=False),
                name="accounts_agent_acts_for_a_person",
                violation_error_message="An agent acts for a person; a person for nobody.",
            ),
            models.CheckConstraint(
                condition=Q(is_assistant=False) | Q(kind=UserKind.AGENT),
                name="accounts_assistant_is_an_agent",
            ),
        )

    def is_locked(self, now: datetime) -> bool:
        """Whether log-ins are refused at `now` after too many wrong passwords."""
        return self.locked_until is not None and self.locked_until > now
