"""Starting and stopping a curtailment, as people and triggers ask for it."""

from typing import Any
from uuid import UUID

from django.db import transaction

from apps.fleet import selectors as fleet
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict, invalid
from apps.miners.curtail import restoring
from apps.miners.curtail.moves import OVER, S, move, tell
from apps.miners.curtail.schemas import MinersCurtailmentPreviewIn, MinersCurtailmentStartIn
from apps.miners.models.curtailment import Curtailment, CurtailmentMode
from apps.operations.actors import reference_of
from apps.operations.admitted import act_of
from apps.operations.context import Context
from apps.operations.core import TargetRef

#: The place that stands for the whole tenant; it has no row.
EVERYTHING = "/"


def place_of(actor: Actor, data: MinersCurtailmentPreviewIn, permission: str) -> TargetRef:
    """The place as rights and evidence name it; raises `not_found` for one that is not there."""
    if data.site == EVERYTHING:
        return TargetRef("site", UUID(int=0), EVERYTHING, EVERYTHING)
    site = fleet.site_get(actor, data.site, permission)
    return TargetRef("site", site.id, site.path, site.path)


def curtailment_start(ctx: Context, data: MinersCurtailmentStartIn) -> Curtailment:
    """An event that the reconciler begins with at its time; nothing is sent by this call."""
    if data.emergency and not ctx.call.reason:
        raise invalid("reason", "is needed: an emergency overrides pace and least times.")
    if data.until is not None and data.until <= clock.now():
        raise invalid("until", "is over already.")
    act = act_of(ctx.call, ctx.call.operation)
    with transaction.atomic():
        event = Curtailment.system.create(
            **_wanted(data),
            tenant_id=ctx.actor.tenant,
            created_by=ctx.actor.label,
            starter=reference_of(ctx.actor),
            face=ctx.call.face.value,
            reason=ctx.call.reason[:500],
            request_id=ctx.call.request_id[:100],
            trace_id=ctx.call.trace_id[:64],
        )
        tell(event, "", act)
    return event


def _wanted(data: MinersCurtailmentStartIn) -> dict[str, Any]:
    cap = data.cap_kw is not None
    kilowatts = data.cap_kw if data.cap_kw is not None else data.reduce_kw or 0.0
    return {
        "name": data.name or spoken(data),
        "site_path": data.site,
        "mode": CurtailmentMode.CAP if cap else CurtailmentMode.REDUCE,
        "target_watts": round(kilowatts * 1000),
        "rules": data.rules.model_dump(mode="json"),
        "priority": data.priority,
        "emergency": data.emergency,
        "not_before": data.not_before,
        "until": data.until,
        "minutes": data.minutes,
        "sentence": "Waits for its time." if data.not_before else "",
    }


def spoken(data: MinersCurtailmentPreviewIn) -> str:
    """What is wanted, in a few words."""
    where = "everywhere" if data.site == EVERYTHING else f"at {data.site}"
    if data.cap_kw is not None:
        return f"At most {data.cap_kw:g} kW {where}"[:100]
    return f"{data.reduce_kw:g} kW less {where}"[:100]


def curtailment_stop(ctx: Context, event: Curtailment) -> Curtailment:
    """Restore what was paused, stage by stage; an event that has not begun is cancelled."""
    act = act_of(ctx.call, ctx.call.operation)
    with transaction.atomic():
        event = Curtailment.system.select_for_update().get(id=event.id)
        if event.state in OVER or event.state == S.RESTORING:
            raise conflict(f"Curtailment {event.name!r} is {event.state} already.")
        if event.state == S.PLANNED:
            words = f"Cancelled by {ctx.actor.label}; nothing was sent."
            return move(event, S.CANCELLED, act=act, sentence=words)
        restoring.restore(event, f"Stopped by {ctx.actor.label}.", act)
    return event
