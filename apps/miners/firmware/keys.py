"""The operations on trusted signing keys."""

from django.db import IntegrityError, transaction

from apps.audit.services import Subject, transition
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict, invalid, not_found
from apps.miners.firmware import trust
from apps.miners.firmware.library import CONFIGURE, require_everywhere, require_reason
from apps.miners.models import TrustedKey
from apps.miners.schemas.keys import (
    MinersKeyListIn,
    MinersKeyListOut,
    MinersKeyOut,
    MinersKeyTrustIn,
    MinersKeyWithdrawIn,
)
from apps.operations.admitted import act_of
from apps.operations.context import Context
from apps.operations.core import TargetRef
from apps.operations.outcome import Plan, PlanChange, PlanTarget

ADMINISTER = "miners.administer"
RISKS = (
    "Whoever holds the private half can have firmware of their making believed.",
    "From now on, and for good, images that nobody signed are refused.",
)


def trust_targets(actor: Actor, data: MinersKeyTrustIn) -> tuple[TargetRef, ...]:
    """The tenant's library."""
    require_everywhere(actor, ADMINISTER)
    return (TargetRef("tenant", actor.tenant, "firmware library"),)


def withdraw_targets(actor: Actor, data: MinersKeyWithdrawIn) -> tuple[TargetRef, ...]:
    """The key, for whoever may change the whole library."""
    require_everywhere(actor, CONFIGURE)
    key = _key(actor, data)
    return (TargetRef("signing key", key.id, key.name),)


def trust_plan(ctx: Context, data: MinersKeyTrustIn) -> Plan:
    """Which key is believed afterwards, and until when."""
    _require_new(ctx.actor, data)
    return Plan(
        targets=(PlanTarget(kind="tenant", id=ctx.actor.tenant, label="firmware library"),),
        changes=(
            PlanChange(
                target=ctx.actor.tenant,
                what="trusted key",
                after=f"{data.name} ({data.public_key}) until {data.not_after.isoformat()}",
            ),
        ),
        risks=RISKS,
    )


def key_trust(ctx: Context, data: MinersKeyTrustIn) -> MinersKeyOut:
    """Believe a key's signatures from now on."""
    _require_new(ctx.actor, data)
    try:
        with transaction.atomic():
            key = TrustedKey.system.create(
                tenant_id=ctx.actor.tenant,
                name=data.name,
                public_key=data.public_key,
                not_after=data.not_after,
                trusted_by=ctx.actor.label,
            )
    except IntegrityError:
        raise conflict("Somebody else trusted the same key at the same moment.") from None
    _tell(ctx, key, "", "trusted")
    return shown(key)


def key_withdraw(ctx: Context, data: MinersKeyWithdrawIn) -> MinersKeyOut:
    """Believe a key no more: what it signed is not begun with, and rollouts of it pause."""
    reason, found = require_reason(ctx), _key(ctx.actor, data)
    key = TrustedKey.system.select_for_update().get(id=found.id)
    if key.withdrawn_at is None:
        before = state_of(key)
        key.withdrawn_at, key.withdrawn_by = clock.now(), ctx.actor.label
        key.withdrawn_reason = reason[:500]
        key.save()
        _tell(ctx, key, before, "withdrawn")
    return shown(key)


def key_list(ctx: Context, data: MinersKeyListIn) -> MinersKeyListOut:
    """The tenant's keys, past ones too."""
    rows = TrustedKey.objects.for_actor(ctx.actor, "miners.view")
    return MinersKeyListOut(
        keys=[shown(row) for row in rows],
        signature_required=trust.is_signature_required(ctx.actor.tenant),
    )


def state_of(key: TrustedKey) -> str:
    """Whether it is believed."""
    if key.withdrawn_at is not None:
        return "withdrawn"
    return "trusted" if key.not_after > clock.now() else "expired"


def shown(key: TrustedKey) -> MinersKeyOut:
    """A key as callers see it."""
    return MinersKeyOut(
        key=key.id,
        name=key.name,
        public_key=key.public_key,
        state=state_of(key),
        not_after=key.not_after,
        trusted_at=key.trusted_at,
        trusted_by=key.trusted_by,
        withdrawn_by=key.withdrawn_by,
        withdrawn_reason=key.withdrawn_reason,
    )


def _require_new(actor: Actor, data: MinersKeyTrustIn) -> None:
    if data.not_after <= clock.now():
        raise invalid("not_after", "is over already; give a time to come.")
    rows = TrustedKey.system.filter(tenant_id=actor.tenant)
    known = rows.filter(public_key=data.public_key).first()
    if known is not None:
        raise conflict(
            f"This key is known as {known.name!r} and is {state_of(known)}; "
            "a key is trusted once, so make a new one."
        )
    if rows.filter(name=data.name, withdrawn_at=None).exists():
        raise conflict(f"A key is called {data.name!r} already; give this one another name.")


def _key(actor: Actor, data: MinersKeyWithdrawIn) -> TrustedKey:
    found = TrustedKey.objects.for_actor(actor, "miners.view").filter(id=data.key).first()
    if found is None:
        raise not_found("signing key", data.key)
    return found


def _tell(ctx: Context, key: TrustedKey, before: str, after: str) -> None:
    subject = Subject("signing key", key.id, key.name)
    act = act_of(ctx.call, ctx.call.operation).about(subject)
    told = {"before": {"state": before}, "after": {"state": after, "public_key": key.public_key}}
    transition(act, verdict=after, detail=key.withdrawn_reason, **told)
