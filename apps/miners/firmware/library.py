"""The operations on the store of images."""

from apps.miners import selectors
from apps.miners.firmware import store
from apps.miners.schemas import (
    MinersFirmwareImageOut,
    MinersFirmwareListIn,
    MinersFirmwareListOut,
    MinersFirmwareUploadIn,
    MinersFirmwareUploadOut,
)
from apps.operations.context import Context


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
