"""Telling of alerts: events for whoever looks, and deliveries over the routes that match."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from apps.events.publish import publish
from apps.events.types import AlertChanged
from apps.fleet.alerts.rules import RANK
from apps.fleet.models import Alert, AlertState, Delivery, DeliveryState, Route
from apps.kernel.canonical import digest

#: Alerts told of at once; more of one group go into the next delivery.
MOST: Final = 1_000


class Was(NamedTuple):
    """An alert before a look: state, why it was muted, and all that is written of it."""

    state: str
    muted: str
    columns: tuple[object, ...]


def due(alerts: Iterable[Alert]) -> list[Alert]:
    """Firing alerts of which nobody was told and people are to be; they count as told now."""
    found = [
        one for one in alerts if one.state == AlertState.FIRING and not one.muted and not one.told
    ]
    for one in found:
        one.told = True
    return found


def publish_moves(alerts: Iterable[Alert], before: Mapping[UUID, Was]) -> None:
    """An event for each alert that began or ceased to fire, or to be muted while it fires."""
    for alert in alerts:
        was = before.get(alert.id)
        if alert.state == AlertState.PENDING:
            continue
        if was is None or (was.state, bool(was.muted)) != (alert.state, bool(alert.muted)):
            publish_one(alert)


def publish_one(alert: Alert) -> None:
    """The event of an alert as it stands."""
    event = AlertChanged(
        alert_id=alert.id,
        device_id=alert.device_id,
        rule=alert.rule,
        label=alert.label,
        severity=alert.severity,
        state=alert.state,
        value=alert.value,
        threshold=alert.threshold,
        note=alert.note,
        muted=alert.muted,
        acknowledged_by=alert.acknowledged_by,
    )
    publish(
        event,
        tenant_id=alert.tenant_id,
        site_path=alert.site_path,
        device_id=alert.device_id,
    )


def queue(news: Sequence[Alert], now: datetime) -> None:
    """Put alerts into the deliveries of every route that wants them, grouped by rule and place."""
    if not news:
        return
    for route in Route.system.filter(tenant_id=news[0].tenant_id):
        groups: dict[str, list[UUID]] = {}
        for alert in news:
            if wants(route, alert):
                groups.setdefault(group_of(alert), []).append(alert.id)
        for group, ids in groups.items():
            collect(route, group, ids, now)


def wants(route: Route, alert: Alert) -> bool:
    """Whether a route tells of an alert."""
    return (
        alert.site_path.startswith(route.path)
        and RANK[alert.severity] <= RANK[route.least]
        and (not route.rules or alert.rule in route.rules)
    )


def group_of(alert: Alert) -> str:
    """What is told of together: one rule at one place."""
    return digest([str(alert.tenant_id), alert.rule, alert.site_path])


def collect(route: Route, group: str, ids: list[UUID], now: datetime) -> None:
    """Add to the delivery that still collects this group, or begin one."""
    rows = Delivery.system.select_for_update(skip_locked=True).filter(
        route=route,
        group=group,
        state=DeliveryState.WAITING,
        due_at__gt=now,
        tries=0,
        is_test=False,
        claimed_until=None,
    )
    waiting = rows.first()
    if waiting is not None and len(waiting.alerts) < MOST:
        waiting.alerts = list(dict.fromkeys([*waiting.alerts, *ids]))
        waiting.save(update_fields=["alerts"])
        return
    Delivery.system.create(
        tenant_id=route.tenant_id,
        route=route,
        group=group,
        alerts=ids,
        due_at=now + timedelta(seconds=route.group_seconds),
        created_at=now,
    )
