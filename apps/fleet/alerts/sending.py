"""Sending what is due: claimed by a guarded UPDATE, tried again with growing pauses, given up.

Work is handed from a tick to the jobs' workers one delivery a message, so that a receiver that
hangs holds up a worker for seconds and no tick at all.
"""

import random
from datetime import timedelta
from typing import Final
from uuid import UUID

import orjson
import structlog
from django.db import transaction
from django.db.models import F, Q

from apps.events.publish import publish
from apps.events.types import DeliveryDied
from apps.fleet.alerts import mail, payloads, webhook
from apps.fleet.models import Channel, Delivery, DeliveryState, Route, Template
from apps.jobs.queue import send
from apps.kernel import clock
from apps.kernel.errors import Failure
from apps.kernel.keyring import keyring

TASK: Final = "fleet.deliver"
#: Tries before a delivery is given up: with the pauses below, about two hours.
TRIES: Final = 8
FIRST_PAUSE_SECONDS: Final = 15.0
LONGEST_PAUSE_SECONDS: Final = 3_600.0
WITHIN_SECONDS: Final = 10.0
#: Whoever sends has so long before somebody else may.
CLAIM_SECONDS: Final = 60
#: Deliveries handed out by one tick, and of one route at once.
AT_ONCE: Final = 50
OF_ROUTE: Final = 2

#: Stands for PagerDuty's routing key in a body at rest.
KEY_HERE: Final = "{routing key}"

log = structlog.get_logger(__name__)


def hand_out() -> int:
    """Claim what is due and give each to a worker; how many were handed out."""
    ids = claim()
    for one in ids:
        send(TASK, str(one), queue="jobs", expires=CLAIM_SECONDS)
    return len(ids)


def claim() -> list[UUID]:
    """Take what is due, oldest first, a few of each route; a lapsed claim counts as none."""
    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    busy: dict[UUID, int] = {}
    for route_id in Delivery.system.filter(claimed_until__gte=now).values_list(
        "route_id", flat=True
    ):
        busy[route_id] = busy.get(route_id, 0) + 1
    taken: list[UUID] = []
    with transaction.atomic():
        rows = Delivery.system.select_for_update(skip_locked=True, of=("self",))
        due = rows.filter(free, state=DeliveryState.WAITING, due_at__lte=now).order_by("due_at")
        for one in due[: AT_ONCE * 4]:
            if len(taken) < AT_ONCE and busy.get(one.route_id, 0) < OF_ROUTE:
                busy[one.route_id] = busy.get(one.route_id, 0) + 1
                taken.append(one.id)
        until = now + timedelta(seconds=CLAIM_SECONDS)
        Delivery.system.filter(id__in=taken).update(claimed_until=until)
    return taken


def deliver(delivery_id: UUID) -> bool:
    """Try one claimed delivery; whether it arrived."""
    one = Delivery.system.select_related("route").filter(id=delivery_id).first()
    if one is None or one.state != DeliveryState.WAITING or one.claimed_until is None:
        return False
    try:
        transmit(one)
    except Failure as failure:
        failed(one, failure.detail)
        return False
    _end(one, state=DeliveryState.SENT, error="", ended_at=clock.now())
    return True


def transmit(one: Delivery) -> None:
    """Send it by its route's channel; raises a Failure."""
    said = payloads.message(one, clock.now())
    if one.route.channel == Channel.EMAIL:
        mail.send(one.route, said, within=WITHIN_SECONDS)
        return
    secrets = opened(one.route)
    if not one.body:
        # A routing key in the body stays sealed: it is put in at each try.
        one.body = payloads.body(one.route.template, said, KEY_HERE).decode()
        Delivery.system.filter(id=one.id).update(body=one.body)
    keyed = one.route.template == Template.PAGERDUTY
    body = (one.body.replace(KEY_HERE, secrets["secret"], 1) if keyed else one.body).encode()
    lines = webhook.headers(
        secrets["secret"], body, delivery=str(one.id), timestamp=int(clock.now().timestamp())
    )
    webhook.post(secrets["url"], body, lines, within=WITHIN_SECONDS)


def failed(one: Delivery, why: str) -> None:
    """Come again later, or give it up and say so."""
    tries = one.tries + 1
    log.info("alert not delivered", route=one.route.name, tries=tries, why=why)
    if tries < TRIES:
        due = clock.now() + timedelta(seconds=pause(tries))
        _end(one, state=DeliveryState.WAITING, error=why[:300], due_at=due)
        return
    with transaction.atomic():
        if _end(one, state=DeliveryState.DEAD, error=why[:300], ended_at=clock.now()):
            route = one.route
            event = DeliveryDied(delivery_id=one.id, route=route.name, error=why[:300])
            publish(event, tenant_id=one.tenant_id, site_path=route.path)


def pause(tries: int) -> float:
    """Seconds before the next try, doubled each time, with half of it left to chance."""
    most = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (tries - 1))
    return random.uniform(most / 2, most)  # noqa: S311 - spreads the load


def opened(route: Route) -> dict[str, str]:
    """The URL and secret of a webhook."""
    return dict(orjson.loads(keyring().unseal(bytes(route.sealed))))


def _end(one: Delivery, **changes: object) -> bool:
    """Write how a try ended, unless its claim lapsed and somebody else has it now."""
    rows = Delivery.system.filter(
        id=one.id, state=DeliveryState.WAITING, claimed_until=one.claimed_until
    )
    return bool(rows.update(claimed_until=None, tries=F("tries") + 1, **changes))
