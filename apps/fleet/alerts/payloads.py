"""What a message about alerts says: in a sentence, as JSON, for Slack, for PagerDuty, by mail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from apps.fleet.alerts.rules import RANK, installed, title_of
from apps.fleet.models import Alert, AlertState, Delivery, Site, Template

THINGS: Final = {"core": "Cores", "miner": "miners"}
#: Alerts that a message names one by one.
NAMED: Final = 20
PAGERDUTY_SEVERITY: Final = {"critical": "critical", "warning": "warning", "info": "info"}


@dataclass(frozen=True, slots=True)
class Message:
    """The alerts of one delivery as they are now; `status` is firing while any of the group is."""

    delivery: UUID
    group: str
    status: str
    summary: str
    severity: str
    rule: str
    place: str
    alerts: tuple[Alert, ...]
    at: datetime


def rolled_up(rule: str, place: str, alerts: Sequence[Alert]) -> str:
    """Alerts of one rule at one place in a sentence: "Rack 7: 12 miners too hot"."""
    title = title_of(rule)
    if len(alerts) == 1:
        where = "" if alerts[0].device_id is None else f"{place}: "
        return f"{where}{alerts[0].label} {title}"
    kind = next((one.kind for one in installed() if one.name == rule), "")
    things = THINGS.get(kind, "devices") if alerts[0].device_id else "places"
    return f"{place}: {len(alerts)} {things} {title}"


def place_names(tenant_id: UUID, paths: Iterable[str]) -> dict[str, str]:
    """What places are called, by path."""
    rows = Site.system.filter(tenant_id=tenant_id, path__in=set(paths))
    return dict(rows.values_list("path", "name"))


def message(delivery: Delivery, at: datetime) -> Message:
    """What a delivery has to say now."""
    if delivery.is_test:
        return _test(delivery, at)
    alerts = list(Alert.system.filter(id__in=delivery.alerts).order_by("label"))
    firing = [one for one in alerts if one.state == AlertState.FIRING]
    shown = firing or alerts
    first = shown[0] if shown else None
    path = first.site_path if first else "/"
    place = place_names(delivery.tenant_id, [path]).get(path, path)
    rule = first.rule if first else ""
    words = rolled_up(rule, place, shown) if shown else "Alerts that are no longer there"
    return Message(
        delivery=delivery.id,
        group=delivery.group,
        status="firing" if firing else "resolved",
        summary=words if firing else f"Resolved: {words}",
        severity=min((one.severity for one in shown), key=RANK.__getitem__, default="info"),
        rule=rule,
        place=path,
        alerts=tuple(alerts),
        at=at,
    )


def _test(delivery: Delivery, at: datetime) -> Message:
    words = f"Test of the route {delivery.route.name}: nothing is wrong."
    path = delivery.route.path
    return Message(delivery.id, delivery.group, "test", words, "info", "", path, (), at)


def body(template: str, said: Message, secret: str) -> bytes:
    """The body of a webhook."""
    made = {
        Template.PLAIN: lambda: plain(said),
        Template.SLACK: lambda: slack(said),
        Template.PAGERDUTY: lambda: pagerduty(said, secret),
    }
    return orjson.dumps(made[Template(template)](), option=orjson.OPT_UTC_Z)


def plain(said: Message) -> dict[str, Any]:
    """Everything, under names of our own."""
    return {
        "version": 1,
        "delivery": said.delivery,
        "group": said.group,
        "status": said.status,
        "summary": said.summary,
        "severity": said.severity,
        "rule": said.rule,
        "place": said.place,
        "at": said.at,
        "count": len(said.alerts),
        "alerts": [alert_fields(one) for one in said.alerts],
    }


def alert_fields(alert: Alert) -> dict[str, Any]:
    """One alert of a message."""
    return {
        "id": alert.id,
        "state": alert.state,
        "severity": alert.severity,
        "label": alert.label,
        "device": alert.device_id,
        "place": alert.site_path,
        "value": alert.value,
        "threshold": alert.threshold,
        "note": alert.note,
        "fired_at": alert.fired_at,
        "resolved_at": alert.resolved_at,
        "acknowledged_by": alert.acknowledged_by,
    }


def slack(said: Message) -> dict[str, Any]:
    """An incoming webhook of Slack: text with the three characters escaped that it names."""
    head = f"*[{said.severity.upper()}] {_slack_text(said.summary)}*"
    text = "\n".join([head, *(f"• {_slack_text(line)}" for line in lines(said))])
    return {"text": text, "mrkdwn": True}


def _slack_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def pagerduty(said: Message, routing_key: str) -> dict[str, Any]:
    """An event of PagerDuty's Events API v2; one incident a group, which resolves with its last."""
    event = {
        "routing_key": routing_key,
        "event_action": "resolve" if said.status == "resolved" else "trigger",
        "dedup_key": said.group,
    }
    payload = {
        "summary": said.summary[:1024],
        "source": said.place,
        "severity": PAGERDUTY_SEVERITY[said.severity],
        "timestamp": said.at,
        "component": said.rule,
        "custom_details": {"alerts": lines(said)},
    }
    return {**event, "payload": payload}


def lines(said: Message) -> list[str]:
    """A line for each alert, the first of many."""
    named = [
        f"{one.label}: {one.note or title_of(one.rule)} ({one.state})"
        for one in said.alerts[:NAMED]
    ]
    more = len(said.alerts) - NAMED
    return [*named, f"and {more} more"] if more > 0 else named
