"""The store of images: files are named by hash, and read again before they are believed."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from uuid import UUID

from apps.kernel import wholefiles
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict, not_found
from apps.miners.client.errors import ImageMismatch
from apps.miners.firmware import trust
from apps.miners.models import FirmwareImage, ImageState

CHUNK: Final = 1 << 20


def folder() -> Path:
    """Where image files lie; made 0700 at first use."""
    return wholefiles.folder("firmware")


def path_of(image: FirmwareImage) -> Path:
    """The file of an image."""
    return folder() / f"{image.tenant_id}-{image.sha256}"


def is_intact(image: FirmwareImage) -> bool:
    """Whether the file still is what its name says (read in pieces)."""
    digest = hashlib.sha256()
    try:
        with path_of(image).open("rb") as file:
            while piece := file.read(CHUNK):
                digest.update(piece)
    except FileNotFoundError:
        return False
    return digest.hexdigest() == image.sha256


async def chunks(image: FirmwareImage) -> AsyncIterator[bytes]:
    """The image's bytes in pieces of 1 MiB. Local reads are short enough for the loop.

    Raises ImageMismatch when the file is gone.
    """
    try:
        with path_of(image).open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece
    except FileNotFoundError:
        raise ImageMismatch("The stored image is gone.") from None


def image_get(actor: Actor, image_id: UUID) -> FirmwareImage:
    """An image of the actor's tenant; raises `not_found`."""
    image = FirmwareImage.objects.for_actor(actor, "miners.view").filter(id=image_id).first()
    if image is None:
        raise not_found("firmware image", image_id)
    return image


def require_installable(image: FirmwareImage) -> None:
    """Raises `conflict` unless the image is published, and believed at this moment."""
    if image.state == ImageState.WITHDRAWN:
        raise conflict(
            f"Image {image.version} was withdrawn by {image.withdrawn_by}: {image.detail}"
        )
    if image.state != ImageState.PUBLISHED:
        raise conflict(
            f"Image {image.version} is {image.state}; only published ones are installed."
        )
    trust.require_believed(image)


def require_whole(image: FirmwareImage) -> None:
    """Raises `conflict` unless every byte in the store still is what was verified."""
    if not is_intact(image):
        raise conflict(f"The stored image {image.version} is damaged; nothing was sent.")
