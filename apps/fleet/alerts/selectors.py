"""Reads of alerts, silences, routes and deliveries, always for somebody."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, IntegerField, Q, Value, When

from apps.fleet.alerts import payloads
from apps.fleet.alerts.rules import RANK, Rule, installed
from apps.fleet.alerts.schemas import (
    FleetAlert,
    FleetAlertGroup,
    FleetDelivery,
    FleetRoute,
    FleetRule,
    FleetRuleAt,
    FleetSilence,
)
from apps.fleet.models import (
    Alert,
    AlertSetting,
    AlertState,
    Delivery,
    DeliveryState,
    Route,
    Silence,
)
from apps.fleet.models.alert import OPEN, AlertRows, SettingRows, SilenceRows
from apps.fleet.models.route import DeliveryRows, RouteRows
from apps.fleet.selectors import VIEW
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import not_found

CONFIGURE: Final = "fleet.configure"
BADNESS: Final = Case(
    *(When(severity=word, then=Value(rank)) for word, rank in RANK.items()),
    default=Value(len(RANK)),
    output_field=IntegerField(),
)


def alerts(actor: Actor, permission: str = VIEW) -> AlertRows:
    """Alerts that the actor may see: firing before pending, worst first, newest first."""
    rows = Alert.objects.for_actor(actor, permission)
    return rows.order_by("state", BADNESS, "-fired_at", "-id")


def matching(actor: Actor, *, state: str, site: str = "/", rule: str = "") -> AlertRows:
    """Alerts by state (`open` for pending and firing), place and rule; the history newest first."""
    states = OPEN if state == "open" else (state,)
    rows = alerts(actor).filter(state__in=states, site_path__startswith=site)
    if rule:
        rows = rows.filter(rule=rule)
    return rows.order_by("-resolved_at", "-id") if state == AlertState.RESOLVED else rows


def alert_get(actor: Actor, alert_id: UUID, permission: str = VIEW) -> Alert:
    """One alert; raises `not_found` whether absent or foreign."""
    found = Alert.objects.for_actor(actor, permission).filter(id=alert_id).first()
    if found is None:
        raise not_found("alert", alert_id)
    return found


def firing_count(actor: Actor) -> int:
    """Alerts that fire and of which people are told."""
    rows = Alert.objects.for_actor(actor, VIEW, Q(state=AlertState.FIRING, muted=""))
    return rows.order_by().count()


def groups(found: Sequence[Alert]) -> list[FleetAlertGroup]:
    """Alerts rolled up by rule and place, the worst group first, then the largest."""
    if not found:
        return []
    by_key: dict[tuple[str, str], list[Alert]] = {}
    for one in found:
        by_key.setdefault((one.rule, one.site_path), []).append(one)
    names = payloads.place_names(found[0].tenant_id, (path for _, path in by_key))
    made = [_group(*key, names.get(key[1], key[1]), those) for key, those in by_key.items()]
    return sorted(made, key=lambda one: (RANK[one.severity], -one.count, one.place))


def _group(rule: str, path: str, name: str, those: Sequence[Alert]) -> FleetAlertGroup:
    return FleetAlertGroup(
        summary=payloads.rolled_up(rule, name, those),
        rule=rule,
        place=path,
        severity=min((one.severity for one in those), key=RANK.__getitem__),
        count=len(those),
        muted=sum(bool(one.muted) for one in those),
        acknowledged=sum(bool(one.acknowledged_by) for one in those),
        since=min(one.pending_since for one in those),
    )


def shown(alert: Alert) -> FleetAlert:
    """An alert as callers see it."""
    names = set(FleetAlert.model_fields) - {"alert", "device", "place", "since"}
    return FleetAlert(
        alert=alert.id,
        device=alert.device_id,
        place=alert.site_path,
        since=alert.pending_since,
        **{name: getattr(alert, name) for name in names},
    )


def silences(actor: Actor, permission: str = VIEW) -> SilenceRows:
    """Silences that the actor may see, newest first; ended ones too."""
    return Silence.objects.for_actor(actor, permission)


def silences_in_force(actor: Actor) -> SilenceRows:
    """Those that hold now."""
    return silences(actor).filter(ends_at__gt=clock.now())


def silence_get(actor: Actor, silence_id: UUID, permission: str = VIEW) -> Silence:
    """One silence; raises `not_found` whether absent or foreign."""
    found = silences(actor, permission).filter(id=silence_id).first()
    if found is None:
        raise not_found("silence", silence_id)
    return found


def silence_shown(one: Silence) -> FleetSilence:
    """A silence as callers see it."""
    return FleetSilence(
        silence=one.id,
        site=one.path,
        rule=one.rule,
        kind=one.kind,
        device=one.device_id,
        reason=one.reason,
        author=one.author,
        begins_at=one.begins_at,
        ends_at=one.ends_at,
        ended_by=one.ended_by,
    )


def settings_of(actor: Actor) -> SettingRows:
    """How rules are set at the places that the actor may see."""
    return AlertSetting.objects.for_actor(actor, VIEW)


def rules_shown(actor: Actor) -> list[FleetRule]:
    """Every rule with how it is set where the actor may see."""
    places: dict[str, list[FleetRuleAt]] = {}
    for row in settings_of(actor):
        places.setdefault(row.rule, []).append(rule_at(row))
    return [_rule(one, places.get(one.name, [])) for one in installed()]


def _rule(rule: Rule, places: list[FleetRuleAt]) -> FleetRule:
    usual = rule.usual
    return FleetRule(
        rule=rule.name,
        summary=rule.summary,
        kind=rule.kind,
        unit=rule.unit,
        side=rule.side.value,
        severity=usual.severity,
        enabled=usual.enabled,
        raise_at=usual.raise_at,
        clear_at=usual.clear_at,
        raise_seconds=usual.raise_seconds,
        clear_seconds=usual.clear_seconds,
        places=places,
    )


def rule_at(row: AlertSetting) -> FleetRuleAt:
    """How a rule is set at one place."""
    names = set(FleetRuleAt.model_fields) - {"site"}
    return FleetRuleAt(site=row.path, **{name: getattr(row, name) for name in names})


def routes(actor: Actor, permission: str = VIEW) -> RouteRows:
    """Routes that the actor may see, by name."""
    return Route.objects.for_actor(actor, permission)


def route_get(actor: Actor, route_id: UUID, permission: str = VIEW) -> Route:
    """One route; raises `not_found` whether absent or foreign."""
    found = routes(actor, permission).filter(id=route_id).first()
    if found is None:
        raise not_found("route", route_id)
    return found


def routes_shown(found: Iterable[Route]) -> list[FleetRoute]:
    """Routes with how their messages fare."""
    return [route_shown(one) for one in found]


def route_shown(one: Route) -> FleetRoute:
    """A route as callers see it, without its URL and secret."""
    rows = Delivery.system.filter(route=one)
    newest = rows.exclude(tries=0).order_by("-created_at").first()
    plain = ("name", "channel", "template", "host", "recipients", "least", "rules")
    fields: dict[str, Any] = {name: getattr(one, name) for name in plain}
    return FleetRoute(
        route=one.id,
        site=one.path,
        group_seconds=one.group_seconds,
        created_by=one.created_by,
        waiting=rows.filter(state=DeliveryState.WAITING).count(),
        dead=rows.filter(state=DeliveryState.DEAD).count(),
        error=newest.error if newest else "",
        **fields,
    )


def deliveries(actor: Actor, permission: str = VIEW) -> DeliveryRows:
    """Messages of the routes that the actor may see, newest first."""
    return Delivery.objects.for_actor(actor, permission).select_related("route")


def delivery_get(actor: Actor, delivery_id: UUID, permission: str = VIEW) -> Delivery:
    """One message; raises `not_found` whether absent or foreign."""
    found = deliveries(actor, permission).filter(id=delivery_id).first()
    if found is None:
        raise not_found("delivery", delivery_id)
    return found


def delivery_shown(one: Delivery) -> FleetDelivery:
    """A message as callers see it."""
    return FleetDelivery(
        delivery=one.id,
        route=one.route.name,
        state=DeliveryState(one.state).value,
        tries=one.tries,
        due_at=one.due_at,
        error=one.error,
    )
