"""Saving, feeding and deleting price triggers, for whoever may."""

from uuid import UUID

from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid, not_found
from apps.miners.curtail.triggers import acting, fetching
from apps.miners.curtail.triggers.schemas import MinersTrigger, MinersTriggerSaveIn
from apps.miners.curtail.triggers.series import parsed
from apps.miners.models.trigger import CurtailmentTrigger, TriggerRows
from apps.operations.context import Context


def triggers(actor: Actor, permission: str = "miners.view") -> TriggerRows:
    """Triggers that the actor may see, by name."""
    return CurtailmentTrigger.objects.for_actor(actor, permission)


def trigger_get(actor: Actor, trigger_id: UUID, permission: str) -> CurtailmentTrigger:
    """One trigger; raises `not_found` whether absent or foreign."""
    found = triggers(actor, permission).filter(id=trigger_id).first()
    if found is None:
        raise not_found("trigger", trigger_id)
    return found


def trigger_save(ctx: Context, data: MinersTriggerSaveIn) -> CurtailmentTrigger:
    """Keep it in the name of the caller, who confirmed what it will start."""
    if data.url:
        fetching.screen(data.url)
    if data.curtailment.emergency:
        raise invalid("curtailment.emergency", "is for people: a price is no emergency.")
    there = CurtailmentTrigger.system.filter(tenant_id=ctx.actor.tenant, name=data.name).first()
    if there is not None and there.site_path != data.curtailment.site:
        raise invalid("name", "is that of a trigger for another place; choose another one.")
    fields = {
        "site_path": data.curtailment.site,
        "wish": data.curtailment.model_dump(mode="json"),
        "signal": data.signal.model_dump(mode="json"),
        "url": data.url,
        "fetch_seconds": data.fetch_seconds,
        "fetch_at": clock.now() if data.url else None,
        "owner_id": ctx.actor.person_id,
        "created_by": ctx.actor.label,
        "error": "",
    }
    row, _ = CurtailmentTrigger.system.update_or_create(
        tenant_id=ctx.actor.tenant, name=data.name, defaults=fields
    )
    return row


def trigger_feed(trigger: CurtailmentTrigger, text: str) -> int:
    """Keep a series; all of it or nothing. Gives how many rows."""
    return acting.keep(trigger, parsed(text))


def trigger_delete(trigger: CurtailmentTrigger) -> None:
    """Forget it with its prices; what it started goes on until somebody stops it."""
    trigger.delete()


def shown(row: CurtailmentTrigger) -> MinersTrigger:
    """As callers get it."""
    return MinersTrigger(
        trigger=row.id,
        name=row.name,
        site=row.site_path,
        signal=row.signal,
        url=row.url,
        is_on=row.is_on,
        price=row.price,
        switched_at=row.switched_at,
        curtailment=row.curtailment_id,
        error=row.error,
    )
