"""Inputs and outputs of the operations on alerts, their rules, silences and routes."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr, model_validator

from apps.fleet.schemas.fields import DeviceName, Name, StopPath
from apps.operations.core import Schema

SeverityWord = Literal["critical", "warning", "info"]
RuleName = Annotated[
    str, Field(max_length=60, description="Name of the rule, such as fleet.device.offline.")
]
AlertId = Annotated[UUID, Field(description="Id of the alert.")]
Seconds = Annotated[int, Field(ge=0, le=86_400)]
#: Alerts that one call acknowledges.
MOST_IDS = 500


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~+/=-")
    if not 16 <= len(text) <= 200 or not set(text) <= allowed:
        raise ValueError("is 16 to 200 letters, digits or ._~+/=-")
    return value


Secret = Annotated[SecretStr, AfterValidator(_secret)]
Mail = Annotated[
    str, Field(max_length=254, pattern=r"^[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$")
]


class FleetAlert(Schema):
    """One alert."""

    alert: AlertId
    rule: RuleName
    severity: SeverityWord = Field(description="How bad it is.")
    state: Literal["pending", "firing", "resolved"] = Field(
        description="Pending: not for long enough yet."
    )
    device: UUID | None = Field(description="Id of the device; null where it is about a place.")
    label: str = Field(description="Name of the device, place or circuit.")
    place: str = Field(description="Path of the place.")
    value: float = Field(description="What was read last, in the unit of the rule.")
    threshold: float = Field(description="The value that raises it.")
    note: str = Field(description="What was read, in words.")
    muted: str = Field(description="Why nobody is told; empty where people are.")
    since: datetime = Field(description="When it began.")
    fired_at: datetime | None = Field(description="When it began to fire.")
    resolved_at: datetime | None = Field(description="When it was over.")
    read_at: datetime = Field(description="When the value was read.")
    acknowledged_at: datetime | None = Field(description="When somebody took it on.")
    acknowledged_by: str = Field(description="Who took it on; empty for nobody.")
    remark: str = Field(description="What they said.")


class FleetAlertGroup(Schema):
    """Alerts of one rule at one place."""

    summary: str = Field(description='In a sentence, such as "Rack 7: 12 miners offline".')
    rule: RuleName
    place: str = Field(description="Path of the place.")
    severity: SeverityWord = Field(description="The worst of them.")
    count: int = Field(description="How many alerts there are.")
    muted: int = Field(description="Of how many nobody is told.")
    acknowledged: int = Field(description="How many somebody took on.")
    since: datetime = Field(description="When the oldest began.")


class FleetAlertListIn(Schema):
    """Which alerts."""

    state: Literal["firing", "pending", "resolved", "open"] = Field(
        default="firing", description="Open is firing or pending; resolved is the history."
    )
    site: StopPath = "/"
    rule: Annotated[str, Field(max_length=60, description="Only this rule; empty for all.")] = ""
    limit: int = Field(default=50, ge=1, le=500, description="How many alerts to list.")


class FleetAlertListOut(Schema):
    """Alerts, worst first, and what they come to by place."""

    total: int = Field(description="How many there are.")
    groups: list[FleetAlertGroup] = Field(description="Rolled up by rule and place, worst first.")
    alerts: list[FleetAlert] = Field(description="One by one, worst first.")


class FleetAlertGetIn(Schema):
    """Which alert."""

    alert: AlertId


class FleetAlertAcknowledgeIn(Schema):
    """Which alerts somebody takes on."""

    alerts: list[UUID] = Field(min_length=1, max_length=MOST_IDS, description="Ids of alerts.")
    remark: Annotated[str, Field(max_length=500, description="What is being done about it.")] = ""


class FleetAlertAcknowledgeOut(Schema):
    """What became of them."""

    acknowledged: int = Field(description="How many are taken on now.")
    already: int = Field(description="How many were before, or are over.")


class FleetSilenceCreateIn(Schema):
    """What nobody is told of, for how long and why."""

    site: StopPath = "/"
    rule: Annotated[str, Field(max_length=60, description="Only this rule; empty for all.")] = ""
    kind: Literal["", "core", "miner"] = Field(
        default="", description="Only devices of this kind; empty for all."
    )
    device: DeviceName | None = Field(default=None, description="Only this device, by id or name.")
    minutes: int = Field(ge=1, le=43_200, description="How long it lasts, 30 days at most.")
    because: Annotated[
        str, Field(min_length=3, max_length=500, description="Why nobody needs to be told.")
    ]


class FleetSilence(Schema):
    """One silence."""

    silence: UUID = Field(description="Id of the silence.")
    site: str = Field(description="Path of the place that it covers.")
    rule: str = Field(description="The rule; empty for all.")
    kind: str = Field(description="The kind of device; empty for all.")
    device: UUID | None = Field(description="The device; null for all.")
    reason: str = Field(description="Why nobody is told.")
    author: str = Field(description="Who made it.")
    begins_at: datetime = Field(description="When it began.")
    ends_at: datetime = Field(description="When it is over.")
    ended_by: str = Field(description="Who ended it early; empty for nobody.")


class FleetSilenceEndIn(Schema):
    """Which silence."""

    silence: UUID = Field(description="Id of the silence.")


class FleetRuleAt(Schema):
    """How a rule is set at a place; null keeps what the rule itself says."""

    site: str = Field(description="Path of the place.")
    enabled: bool | None = Field(description="Whether it raises anything.")
    severity: str = Field(description="How bad it is; empty for the rule's own.")
    raise_at: float | None = Field(description="The value that raises.")
    clear_at: float | None = Field(description="The value past which it clears.")
    raise_seconds: int | None = Field(description="How long it has to last.")
    clear_seconds: int | None = Field(description="How long it has to be over.")
    updated_by: str = Field(description="Who set it.")


class FleetRule(Schema):
    """One rule, and how it is set."""

    rule: RuleName
    summary: str = Field(description="What it looks at.")
    kind: str = Field(description="Kind of device; empty for every kind.")
    unit: str = Field(description="Unit of its values; empty for none.")
    side: Literal["above", "below"] = Field(description="On which side of raise_at it is bad.")
    severity: SeverityWord = Field(description="How bad it is.")
    enabled: bool = Field(description="Whether it raises anything where nothing else is set.")
    raise_at: float = Field(description="The value that raises.")
    clear_at: float = Field(description="The value past which it clears.")
    raise_seconds: int = Field(description="How long it has to last.")
    clear_seconds: int = Field(description="How long it has to be over.")
    places: list[FleetRuleAt] = Field(description="Places where it is set otherwise.")


class FleetRuleListIn(Schema):
    """All rules."""


class FleetRuleListOut(Schema):
    """All rules."""

    rules: list[FleetRule] = Field(description="By name.")


class FleetRuleSetIn(Schema):
    """How a rule is set at a place and below it; what is left out stays as the rule says."""

    rule: RuleName
    site: StopPath = "/"
    enabled: bool | None = Field(default=None, description="False switches it off there.")
    severity: SeverityWord | None = Field(default=None, description="How bad it is there.")
    raise_at: float | None = Field(default=None, description="The value that raises, in its unit.")
    clear_at: float | None = Field(default=None, description="The value past which it clears.")
    raise_seconds: Seconds | None = Field(default=None, description="How long it has to last.")
    clear_seconds: Seconds | None = Field(default=None, description="How long it has to be over.")


class FleetRouteCreateIn(Schema):
    """Whom to tell of what."""

    name: Annotated[Name, Field(description="What people call it.")]
    site: StopPath = "/"
    channel: Literal["webhook", "email"] = Field(description="How they are told.")
    template: Literal["plain", "slack", "pagerduty"] = Field(
        default="plain", description="What a webhook's body looks like."
    )
    url: SecretStr | None = Field(
        default=None, description="Where a webhook is posted to (https); never shown again."
    )
    secret: Secret | None = Field(
        default=None,
        description="Signs the body; PagerDuty's routing key. 16 to 200 characters.",
    )
    recipients: list[Mail] = Field(
        default=[], max_length=50, description="Addresses that mail goes to."
    )
    least: SeverityWord = Field(
        default="warning", description="Alerts that are less bad are not told of."
    )
    rules: list[RuleName] = Field(
        default=[], max_length=50, description="Only these rules; empty for all."
    )
    group_seconds: int = Field(
        default=30, ge=0, le=3_600, description="How long alerts are collected into one message."
    )

    @model_validator(mode="after")
    def _has_what_its_channel_needs(self) -> Self:
        if self.channel == "webhook" and (self.url is None or self.secret is None):
            raise ValueError("a webhook needs url and secret")
        if self.channel == "email" and not self.recipients:
            raise ValueError("email needs recipients")
        if self.channel == "email" and (self.url or self.secret or self.template != "plain"):
            raise ValueError("email has neither url, secret nor template")
        if self.channel == "webhook" and self.recipients:
            raise ValueError("a webhook has no recipients")
        return self


class FleetRoute(Schema):
    """One route; where it leads to is told by its host alone."""

    route: UUID = Field(description="Id of the route.")
    name: str = Field(description="What people call it.")
    site: str = Field(description="Alerts of this place and below.")
    channel: Literal["webhook", "email"] = Field(description="How people are told.")
    template: Literal["plain", "slack", "pagerduty"] = Field(description="Form of the body.")
    host: str = Field(description="Host of a webhook; empty for mail.")
    recipients: list[str] = Field(description="Addresses that mail goes to.")
    least: SeverityWord = Field(description="Alerts that are less bad are not told of.")
    rules: list[str] = Field(description="Only these rules; empty for all.")
    group_seconds: int = Field(description="How long alerts are collected.")
    created_by: str = Field(description="Who made it.")
    waiting: int = Field(description="Messages still to be delivered.")
    dead: int = Field(description="Messages that were given up.")
    error: str = Field(description="Why the newest message did not arrive; empty if it did.")


class FleetRouteIn(Schema):
    """Which route."""

    route: UUID = Field(description="Id of the route.")


class FleetRouteDeleteOut(Schema):
    """The route that is gone."""

    route: UUID = Field(description="Id of the route.")
    name: str = Field(description="What it was called.")


class FleetRouteListIn(Schema):
    """All routes."""


class FleetRouteListOut(Schema):
    """All routes."""

    routes: list[FleetRoute] = Field(description="By name.")


class FleetDeliveryRetryIn(Schema):
    """Which message."""

    delivery: UUID = Field(description="Id of a message that was given up.")


class FleetDelivery(Schema):
    """One message over one route."""

    delivery: UUID = Field(description="Id of the message.")
    route: str = Field(description="Name of the route.")
    state: Literal["waiting", "sent", "dead"] = Field(description="Dead: given up.")
    tries: int = Field(description="How often it was tried.")
    due_at: datetime = Field(description="When it is tried next.")
    error: str = Field(description="Why it did not arrive.")
