"""The store of images: pieces come in order, the whole is verified, files are named by hash."""

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.kernel.actor import Actor
from apps.kernel.errors import conflict, invalid, not_found
from apps.miners.client.errors import ImageMismatch
from apps.miners.models import FirmwareImage, ImageState
from apps.miners.schemas.firmware import MinersFirmwareUploadIn

CHUNK: Final = 1 << 20


def folder() -> Path:
    """Where image files lie; made 0700 at first use."""
    path: Path = settings.CONFIG.state_dir / "firmware"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(image: FirmwareImage) -> Path:
    """The file of an image."""
    return folder() / f"{image.tenant_id}-{image.sha256}"


def receive(actor: Actor, data: MinersFirmwareUploadIn) -> FirmwareImage:
    """Take one piece. A piece that is there already is accepted again; a gap is refused."""
    piece = _decoded(data)
    image = _image(actor, data)
    if image.state == ImageState.VERIFIED:
        return image
    have = min(image.received, _on_disk(image))
    if data.offset + len(piece) <= have:
        return image
    if data.offset != have:
        raise conflict(f"The next piece begins at {have}, not at {data.offset}.")
    with path_of(image).open("r+b" if data.offset else "wb") as file:
        file.seek(data.offset)
        file.truncate()
        file.write(piece)
    image.received = data.offset + len(piece)
    if image.received >= image.size:
        image.state = _verdict(image)
    if image.state == ImageState.REJECTED:
        path_of(image).unlink(missing_ok=True)
    image.save()
    return image


def _on_disk(image: FirmwareImage) -> int:
    """Bytes that are really there: the file may be gone where the row says otherwise."""
    try:
        return path_of(image).stat().st_size
    except FileNotFoundError:
        return 0


def _decoded(data: MinersFirmwareUploadIn) -> bytes:
    try:
        piece = base64.b64decode(data.data, validate=True)
    except ValueError:  # not in its alphabet, or not even ASCII
        raise invalid("data", "is not base64.") from None
    if not piece or data.offset + len(piece) > data.size:
        raise invalid("data", f"holds {len(piece)} bytes, which do not fit at {data.offset}.")
    return piece


def _image(actor: Actor, data: MinersFirmwareUploadIn) -> FirmwareImage:
    rows = FirmwareImage.system.select_for_update().filter(
        tenant_id=actor.tenant, sha256=data.sha256
    )
    found = rows.first()
    if found is None:
        found = _new(actor, data)
    known = (found.size, found.version, set(found.device_models))
    if known != (data.size, data.version, set(data.device_models)):
        models = ", ".join(found.device_models)
        raise conflict(
            f"These bytes are known as {found.version} for {models} with {found.size} bytes."
        )
    if found.state == ImageState.REJECTED and data.offset == 0:
        found.state, found.received = ImageState.RECEIVING, 0
    if found.state in (ImageState.REJECTED, ImageState.WITHDRAWN):
        raise conflict(f"This image is {found.state}; begin again at offset 0 with good bytes.")
    return found


def _new(actor: Actor, data: MinersFirmwareUploadIn) -> FirmwareImage:
    try:
        with transaction.atomic():
            return FirmwareImage.system.create(
                tenant_id=actor.tenant,
                version=data.version,
                device_models=data.device_models,
                sha256=data.sha256,
                size=data.size,
                uploaded_by=actor.label,
            )
    except IntegrityError:
        raise conflict("The same image is being uploaded by somebody else right now.") from None


def _verdict(image: FirmwareImage) -> ImageState:
    return ImageState.VERIFIED if is_intact(image) else ImageState.REJECTED


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
    """Raises `conflict` unless every byte of the image was proven and it was not withdrawn."""
    if image.state != ImageState.VERIFIED:
        raise conflict(f"Image {image.version} is {image.state}; only verified ones are installed.")
