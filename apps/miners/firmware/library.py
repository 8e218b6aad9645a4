"""The operations on the store of images."""

from typing import Final

from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.miners import selectors
from apps.miners.firmware import store
from apps.miners.schemas.firmware import (
    MinersFirmwareImageOut,
    MinersFirmwareListIn,
    MinersFirmwareListOut,
    MinersFirmwareUploadIn,
    MinersFirmwareUploadOut,
)
from apps.operations.context import Context
from apps.operations.core import TargetRef

CONFIGURE: Final = "miners.configure"


def upload_targets(actor: Actor, data: MinersFirmwareUploadIn) -> tuple[TargetRef, ...]:
    """The tenant's library; raises `forbidden` where the right is held on a part only."""
    if not actor.may_everywhere(CONFIGURE):
        raise Failure(
            Code.FORBIDDEN,
            f"The firmware library belongs to the whole tenant: this needs {CONFIGURE} on all of "
            "it. An administrator of your tenant may grant it, or upload for you.",
        )
    return (TargetRef("tenant", actor.tenant, "firmware library"),)


def upload(ctx: Context, data: MinersFirmwareUploadIn) -> MinersFirmwareUploadOut:
    """Take one piece of an image."""
    image = store.receive(ctx.actor, data)
    return MinersFirmwareUploadOut(
        image=image.id, state=image.state, received=image.received, size=image.size
    )


def images(ctx: Context, data: MinersFirmwareListIn) -> MinersFirmwareListOut:
    """The tenant's images, newest first."""
    rows = selectors.images(ctx.actor)[:200]
    return MinersFirmwareListOut(
        images=[
            MinersFirmwareImageOut(
                id=row.id,
                version=row.version,
                device_models=row.device_models,
                sha256=row.sha256,
                size=row.size,
                state=row.state,
                created_at=row.created_at,
            )
            for row in rows
        ]
    )
