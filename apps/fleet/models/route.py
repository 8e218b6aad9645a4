"""Who is told of alerts, and every telling: made, sent, tried again, given up."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.fleet.models.alert import Severity
from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class Channel(models.TextChoices):
    """How a route reaches people."""

    WEBHOOK = "webhook", "Webhook"
    EMAIL = "email", "E-mail"


class Template(models.TextChoices):
    """What a webhook's body looks like."""

    PLAIN = "plain", "Plain JSON"
    SLACK = "slack", "Slack"
    PAGERDUTY = "pagerduty", "PagerDuty Events v2"


class DeliveryState(models.TextChoices):
    """States of a telling. A dead one waits for a person, who can send it again."""

    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent"
    DEAD = "dead", "Given up"


class RouteRows(ScopedQuerySet["Route"]):
    """Routes are seen where a right covers their place."""

    path_field = "path"


class Route(models.Model):
    """What is told to whom. `sealed` holds the URL and the secret, and is never returned.

    The URL is sealed because for some services it is the secret; `host` is what people see of
    it. The secret signs a webhook's body; for PagerDuty it is the integration's routing key.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    name = models.CharField(max_length=100)
    path = models.CharField(max_length=300, default="/")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    template = models.CharField(max_length=10, choices=Template.choices, default=Template.PLAIN)
    host = models.CharField(max_length=300, blank=True)
    recipients = ArrayField(models.CharField(max_length=254), default=list, blank=True)
    sealed = models.BinaryField()
    least = models.CharField(max_length=10, choices=Severity.choices, default=Severity.WARNING)
    rules = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    group_seconds = models.PositiveIntegerField(default=30)
    created_at = models.DateTimeField(default=now)
    created_by = models.CharField(max_length=150, blank=True)

    system = models.Manager["Route"]()
    objects = RouteRows.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("tenant_id", "name"), name="fleet_route_name"),
        )

    def __str__(self) -> str:
        return self.name


class DeliveryRows(ScopedQuerySet["Delivery"]):
    """Tellings are seen where their route is seen."""

    path_field = "route__path"


class Delivery(models.Model):
    """One telling over one route: the alerts of a group, together.

    `body` is fixed at the first try, so that every further one says the same. `tries` counts
    since it was made or sent again by hand; `claimed_until` is the lease of whoever sends it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    route = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="deliveries")
    group = models.CharField(max_length=64, help_text="Digest of rule and place.")
    alerts = ArrayField(models.UUIDField(), default=list)
    is_test = models.BooleanField(default=False)
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    body = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)

    system = models.Manager["Delivery"]()
    objects = DeliveryRows.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(
                fields=("due_at",),
                condition=models.Q(state="waiting"),
                name="fleet_deliveries_due",
            ),
            models.Index(fields=("route", "group"), name="fleet_deliveries_of_group"),
        )

    def __str__(self) -> str:
        return f"{self.route_id} {self.state}"
