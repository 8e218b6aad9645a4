"""What people do about alerts: take them on, silence them, set rules and routes, send again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
from django.db import IntegrityError, transaction

from apps.fleet.alerts import egress, mail, reading
from apps.fleet.alerts.rules import rule_get
from apps.fleet.alerts.schemas import FleetRouteCreateIn, FleetRuleSetIn, FleetSilenceCreateIn
from apps.fleet.alerts.telling import publish_one
from apps.fleet.models import (
    Alert,
    AlertSetting,
    Delivery,
    DeliveryState,
    Device,
    Route,
    Silence,
)
from apps.fleet.models.alert import OPEN
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict
from apps.kernel.ids import new_id
from apps.kernel.keyring import keyring, reseal

#: Columns of a setting; those left out keep what the rule says.
SET = ("enabled", "severity", "raise_at", "clear_at", "raise_seconds", "clear_seconds")


def alerts_acknowledge(actor: Actor, found: Sequence[Alert], remark: str) -> int:
    """Take open alerts on that nobody has; how many were. Whoever came first stays."""
    done = 0
    with transaction.atomic():
        rows = Alert.system.filter(id__in=[one.id for one in found])
        for one in rows.select_for_update().order_by("id"):
            if one.state in OPEN and not one.acknowledged_by:
                one.acknowledged_by, one.acknowledged_at = actor.label[:150], clock.now()
                one.remark = remark
                one.save(update_fields=["acknowledged_by", "acknowledged_at", "remark"])
                publish_one(one)
                done += 1
    return done


def silence_create(actor: Actor, data: FleetSilenceCreateIn, device: Device | None) -> Silence:
    """Mute what matches from now on; raises `not_found` for a rule that is not there."""
    if data.rule:
        rule_get(data.rule)
    now = clock.now()
    return Silence.system.create(
        tenant_id=actor.tenant,
        path=device.site_path if device else data.site,
        kind=data.kind,
        rule=data.rule,
        device=device,
        reason=data.because,
        author=actor.label[:150],
        begins_at=now,
        ends_at=now + timedelta(minutes=data.minutes),
    )


def silence_end(actor: Actor, silence: Silence) -> Silence:
    """End a silence now; raises `conflict` for one that is over."""
    now = clock.now()
    rows = Silence.system.filter(id=silence.id, ends_at__gt=now)
    if not rows.update(ends_at=now, ended_by=actor.label[:150]):
        raise conflict(f"This silence was over at {silence.ends_at:%Y-%m-%d %H:%M UTC}.")
    silence.refresh_from_db()
    return silence


def rule_set(actor: Actor, data: FleetRuleSetIn) -> AlertSetting | None:
    """Set a rule at a place anew; with nothing given the setting is taken away (None).

    Raises `invalid` for thresholds that could not work together with what the rule says.
    """
    rule = rule_get(data.rule)
    said = {name: getattr(data, name) for name in SET}
    key: dict[str, Any] = {"tenant_id": actor.tenant, "rule": rule.name, "path": data.site}
    if all(value is None for value in said.values()):
        AlertSetting.system.filter(**key).delete()
        return None
    said["severity"] = said["severity"] or ""
    wanted = AlertSetting(**key, **said, updated_by=actor.label[:150])
    rule.check(reading.merged(replace(rule.usual), wanted))
    row, _ = AlertSetting.system.update_or_create(
        **key, defaults={**said, "updated_by": wanted.updated_by}
    )
    return row


def route_create(actor: Actor, data: FleetRouteCreateIn) -> Route:
    """A new route; raises `invalid` for a URL that may not be reached, `conflict` for its name."""
    for name in data.rules:
        rule_get(name)
    sealed, host = {}, ""
    if data.channel == "email":
        mail.require_server()
    elif data.url is not None and data.secret is not None:
        url = data.url.get_secret_value()
        host = egress.door(url).authority
        sealed = {"url": url, "secret": data.secret.get_secret_value()}
    try:
        with transaction.atomic():
            return Route.system.create(
                tenant_id=actor.tenant,
                name=data.name,
                path=data.site,
                channel=data.channel,
                template=data.template,
                host=host,
                recipients=data.recipients,
                sealed=keyring().seal(orjson.dumps(sealed)),
                least=data.least,
                rules=data.rules,
                group_seconds=data.group_seconds,
                created_by=actor.label[:150],
            )
    except IntegrityError:
        raise conflict(f"There is a route {data.name!r} already; choose another name.") from None


def route_delete(route: Route) -> None:
    """Take a route away, with its messages."""
    Route.system.filter(id=route.id).delete()


def route_test(route: Route) -> Delivery:
    """Send a message that says it is a test, like any other: at once, and again if need be."""
    return Delivery.system.create(
        tenant_id=route.tenant_id,
        route=route,
        group=new_id().hex,
        is_test=True,
        due_at=clock.now(),
        created_at=clock.now(),
    )


def delivery_retry(delivery: Delivery) -> Delivery:
    """Send a message again that was given up, as it was; raises `conflict` for any other."""
    rows = Delivery.system.filter(id=delivery.id, state=DeliveryState.DEAD)
    changes = {"state": DeliveryState.WAITING, "tries": 0, "due_at": clock.now()}
    if not rows.update(ended_at=None, claimed_until=None, **changes):
        raise conflict(
            f"This message is {delivery.state}; only one that was given up is sent again."
        )
    delivery.refresh_from_db()
    return delivery


def routes_rotate() -> int:
    """Seal URLs and secrets of all routes under the newest key; how many were."""
    return reseal(Route.system.all(), "sealed")
