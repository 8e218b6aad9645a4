"""Turning a trigger: its price, its state, and the curtailment that it starts or ends."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from apps.accounts.selectors import schedule_actor
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.miners.curtail.triggers.fetching import fetch
from apps.miners.curtail.triggers.series import LASTS, Point, parsed, price_at
from apps.miners.curtail.triggers.signal import SignalRules, next_state
from apps.miners.models.curtailment import Curtailment
from apps.miners.models.trigger import CurtailmentTrigger, PricePoint
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.outcome import Outcome, Status

START: Final = "miners.curtailment.start"
STOP: Final = "miners.curtailment.stop"
#: Between two tries of what a turn asks for.
AGAIN: Final = timedelta(seconds=60)
#: Prices older than this are forgotten.
KEPT: Final = timedelta(days=90)

log = structlog.get_logger(__name__)


def tick() -> None:
    """Look at every trigger: fetch what is due, turn what turns, act on what has turned."""
    now = clock.now()
    due = Q(fetch_at__lte=now) & ~Q(url="")
    for trigger in list(CurtailmentTrigger.system.filter(due)):
        fetch_due(trigger)
    for trigger_id in list(CurtailmentTrigger.system.values_list("id", flat=True)):
        turn(trigger_id)
    waiting = CurtailmentTrigger.system.filter(due=True)
    for trigger in list(waiting.filter(Q(try_at=None) | Q(try_at__lte=now))):
        act(trigger)


def fetch_due(trigger: CurtailmentTrigger) -> None:
    """Fetch and keep a series; what is wrong with it is kept on the row, the old prices stay."""
    following = clock.now() + timedelta(seconds=trigger.fetch_seconds)
    mine = CurtailmentTrigger.system.filter(id=trigger.id, fetch_at=trigger.fetch_at)
    if not mine.update(fetch_at=following):
        return  # another process was faster
    try:
        keep(trigger, parsed(fetch(trigger.url)))
    except Failure as failure:
        wrong = failure.errors[0].message if failure.errors else failure.detail
        note(trigger.id, f"The prices were not fetched: {wrong}")
    else:
        note(trigger.id, "")


def keep(trigger: CurtailmentTrigger, points: list[Point]) -> int:
    """Keep points; one of a time that is there already replaces it. Gives how many."""
    rows = [PricePoint(trigger=trigger, starts_at=at, price=price) for at, price in points]
    with transaction.atomic():
        PricePoint.objects.filter(trigger=trigger, starts_at__lt=clock.now() - KEPT).delete()
        PricePoint.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["trigger", "starts_at"],
            update_fields=["price"],
        )
    return len(rows)


def price_now(trigger: CurtailmentTrigger) -> float | None:
    """The price that holds now."""
    now = clock.now()
    recent = PricePoint.objects.filter(
        trigger=trigger, starts_at__gt=now - LASTS, starts_at__lte=now
    )
    return price_at(list(recent.values_list("starts_at", "price")), now)


def turn(trigger_id: UUID) -> None:
    """Keep the price of now, and turn the signal where it turns; one process at a time."""
    with transaction.atomic():
        rows = CurtailmentTrigger.system.select_for_update(skip_locked=True)
        trigger = rows.filter(id=trigger_id).first()
        if trigger is None:
            return
        price, now = price_now(trigger), clock.now()
        rules = SignalRules.model_validate(trigger.signal)
        is_on = next_state(rules, price, is_on=trigger.is_on, since=trigger.switched_at, now=now)
        changed: dict[str, Any] = {} if price == trigger.price else {"price": price}
        if is_on != trigger.is_on:
            changed |= {"is_on": is_on, "switched_at": now, "due": True, "try_at": None}
        if changed:
            CurtailmentTrigger.system.filter(id=trigger.id).update(**changed)


def act(trigger: CurtailmentTrigger) -> None:
    """Start or stop, through the one door, in the name of whoever saved the trigger."""
    guarded = CurtailmentTrigger.system.filter(
        id=trigger.id, due=True, is_on=trigger.is_on, try_at=trigger.try_at
    )
    if not guarded.update(try_at=clock.now() + AGAIN):
        return
    actor = schedule_actor(schedule_id=trigger.id, name=trigger.name, owner_id=trigger.owner_id)
    try:
        if actor is None:
            note(trigger.id, "Its owner may not act any more; let somebody else save it anew.")
        elif trigger.is_on:
            begin(trigger, actor)
        else:
            end(trigger, actor)
    except Failure as failure:
        note(trigger.id, failure.detail)
        log.info("trigger not acted on", trigger=trigger.name, why=failure.detail)


def begin(trigger: CurtailmentTrigger, actor: Actor) -> None:
    """Start the curtailment: saving the trigger was the confirmation."""
    first = invoke(_call(trigger, actor, START, trigger.wish))
    outcome = first
    if first.status is Status.NEEDS_CONFIRMATION:
        again = _call(trigger, actor, START, trigger.wish, confirmation=first.confirmation)
        outcome = invoke(again)
    event = _event_of(outcome)
    if event is None:
        note(trigger.id, "It waits for a second person: so many miners would be paused.")
        return
    CurtailmentTrigger.system.filter(id=trigger.id).update(
        due=False, curtailment_id=event, error=""
    )


def end(trigger: CurtailmentTrigger, actor: Actor) -> None:
    """Stop what it started; one that somebody stopped by hand is left as it is."""
    event = trigger.curtailment
    over = event is None or event.finished_at is not None or event.restoring_at is not None
    if event is not None and not over:
        invoke(_call(trigger, actor, STOP, {"curtailment": str(event.id)}))
    CurtailmentTrigger.system.filter(id=trigger.id).update(due=False, error="")


def note(trigger_id: UUID, words: str) -> None:
    """What is wrong, for whoever looks at it; empty where nothing is."""
    CurtailmentTrigger.system.filter(id=trigger_id).update(error=words[:500])


def _event_of(outcome: Outcome) -> UUID | None:
    if outcome.status is not Status.OK or outcome.output is None:
        return None
    return Curtailment.system.values_list("id", flat=True).get(id=outcome.output["curtailment"])


def _call(
    trigger: CurtailmentTrigger,
    actor: Actor,
    operation: str,
    data: dict[str, Any],
    *,
    confirmation: str | None = None,
) -> Call:
    turned = trigger.switched_at.isoformat() if trigger.switched_at else ""
    key = f"trigger:{trigger.id}:{turned}"
    return Call(
        operation=operation,
        input=data,
        actor=actor,
        face=Face.SCHEDULE,
        key=key,
        confirmation=confirmation,
        reason=f"price trigger {trigger.name}: {trigger.price}",
        request_id=key,
    )
