"""The operations on the store of images: fill it, publish, withdraw, list."""

from typing import Any, Final

from apps.fleet.rollouts.selectors import under_way
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, conflict, invalid
from apps.miners import selectors
from apps.miners.firmware import store, trust
from apps.miners.firmware.receiving import receive
from apps.miners.firmware.states import move
from apps.miners.models import FirmwareImage, ImageState
from apps.miners.schemas.firmware import (
    MinersFirmwareGetIn,
    MinersFirmwareGetOut,
    MinersFirmwareImageOut,
    MinersFirmwareListIn,
    MinersFirmwareListOut,
    MinersFirmwareMovedOut,
    MinersFirmwarePublishIn,
    MinersFirmwareUploadIn,
    MinersFirmwareUploadOut,
    MinersFirmwareWithdrawIn,
)
from apps.operations.context import Context
from apps.operations.core import Danger, Schema, TargetRef
from apps.operations.outcome import Plan, PlanChange, PlanTarget

S = ImageState

CONFIGURE: Final = "miners.configure"
UPGRADE: Final = "miners.firmware.upgrade"
UNSIGNED: Final = "Nobody signed this image: only the two who publish it answer for it."


def require_everywhere(actor: Actor, permission: str) -> None:
    """Raises `forbidden` where the right is held on a part of the tenant only."""
    if not actor.may_everywhere(permission):
        raise Failure(
            Code.FORBIDDEN,
            f"The firmware library belongs to the whole tenant: this needs {permission} on all of "
            "it. An administrator of your tenant may grant it, or do it for you.",
        )


def require_reason(ctx: Context) -> str:
    """Why; raises `invalid` for no reason."""
    if not ctx.call.reason.strip():
        raise invalid("reason", "is needed: whoever finds it withdrawn will want to know why.")
    return ctx.call.reason.strip()


def upload_targets(actor: Actor, data: MinersFirmwareUploadIn) -> tuple[TargetRef, ...]:
    """The tenant's library."""
    require_everywhere(actor, CONFIGURE)
    return (TargetRef("tenant", actor.tenant, "firmware library"),)


def image_targets(
    actor: Actor, data: MinersFirmwarePublishIn | MinersFirmwareWithdrawIn
) -> tuple[TargetRef, ...]:
    """The image, for whoever may change the whole library."""
    require_everywhere(actor, CONFIGURE)
    image = store.image_get(actor, data.image)
    return (TargetRef("firmware image", image.id, image.version),)


def get_targets(actor: Actor, data: MinersFirmwareGetIn) -> tuple[TargetRef, ...]:
    """Nothing that has a place; an image of another tenant is not found."""
    store.image_get(actor, data.image)
    return ()


def upload(ctx: Context, data: MinersFirmwareUploadIn) -> MinersFirmwareUploadOut:
    """Take one piece of an image."""
    image = receive(ctx, data)
    return MinersFirmwareUploadOut(
        image=image.id,
        state=image.state,
        received=image.received,
        size=image.size,
        detail=image.detail,
    )


def publish_danger(actor: Actor, data: MinersFirmwarePublishIn) -> Danger:
    """An image that nobody signed needs a second person: there is no signer to answer for it."""
    image = store.image_get(actor, data.image)
    return Danger.CHANGE if image.signature else Danger.DESTRUCTIVE


def publish_plan(ctx: Context, data: MinersFirmwarePublishIn) -> Plan:
    """What may be installed afterwards, and who vouches for it."""
    image = store.image_get(ctx.actor, data.image)
    require_publishable(image)
    return Plan(
        targets=(PlanTarget(kind="firmware image", id=image.id, label=image.version),),
        changes=(
            PlanChange(target=image.id, what="state", before=image.state, after=S.PUBLISHED.value),
        ),
        risks=() if image.signature else (UNSIGNED,),
    )


def require_publishable(image: FirmwareImage) -> None:
    """Raises `conflict` for an image that is not verified, or not believed any more."""
    if image.state not in (S.VERIFIED, S.PUBLISHED):
        raise conflict(
            f"Image {image.version} is {image.state}; only a verified one can be published."
        )
    trust.require_believed(image)
    store.require_whole(image)


def publish(ctx: Context, data: MinersFirmwarePublishIn) -> MinersFirmwareMovedOut:
    """Let a verified image be installed."""
    image = locked(ctx, data)
    require_publishable(image)
    if image.state != S.PUBLISHED:
        who = {"published_by": ctx.actor.label, "published_at": clock.now()}
        move(ctx, image, S.PUBLISHED, **who)
    return moved(image)


def withdraw(ctx: Context, data: MinersFirmwareWithdrawIn) -> MinersFirmwareMovedOut:
    """Nothing more is begun with it: preflight refuses, and rollouts of it pause."""
    reason, image = require_reason(ctx), locked(ctx, data)
    if image.state != S.WITHDRAWN:
        who = {"withdrawn_by": ctx.actor.label, "withdrawn_at": clock.now()}
        move(ctx, image, S.WITHDRAWN, detail=reason, **who)
    return moved(image)


def locked(ctx: Context, data: MinersFirmwarePublishIn | MinersFirmwareWithdrawIn) -> FirmwareImage:
    """The image's row, locked until the call is over."""
    found = store.image_get(ctx.actor, data.image)
    return FirmwareImage.system.select_for_update().get(id=found.id)


def moved(image: FirmwareImage) -> MinersFirmwareMovedOut:
    """Where it stands, and what it stops."""
    return MinersFirmwareMovedOut(
        image=image.id,
        version=image.version,
        state=image.state,
        signed_by=signed_by(image),
        rollouts=rollouts_of(image),
    )


def signed_by(image: FirmwareImage) -> str:
    """The trusted key that vouches for it now; empty: none does."""
    if not image.signature:
        return ""
    signer = trust.signer_of(image.tenant_id, trust.statement_of(image), image.signature)
    return signer.name if signer else ""


def rollouts_of(image: FirmwareImage) -> int:
    """How many rollouts of it are under way."""
    return under_way(image.tenant_id, UPGRADE, {"image": str(image.id)})


def get(ctx: Context, data: MinersFirmwareGetIn) -> MinersFirmwareGetOut:
    """One image whole."""
    row = store.image_get(ctx.actor, data.image)
    words = trust.statement_of(row).canonical().decode()
    kept = ("signed_by", "statement", "rollouts")
    return MinersFirmwareGetOut(
        **_alike(row, MinersFirmwareGetOut, kept),
        signed_by=signed_by(row),
        statement=words,
        rollouts=rollouts_of(row),
    )


def images(ctx: Context, data: MinersFirmwareListIn) -> MinersFirmwareListOut:
    """The tenant's images, newest first."""
    return MinersFirmwareListOut(
        images=[
            MinersFirmwareImageOut(
                **_alike(row, MinersFirmwareImageOut, ("signed_by",)), signed_by=signed_by(row)
            )
            for row in selectors.images(ctx.actor)[:200]
        ]
    )


def _alike(row: FirmwareImage, shape: type[Schema], but: tuple[str, ...]) -> dict[str, Any]:
    """The fields that are called as their columns are."""
    return {name: getattr(row, name) for name in shape.model_fields if name not in but}
