"""Taking an image in: pieces come in order, and the whole is verified before it is believed."""

import base64
from typing import Any, Final

from django.db import IntegrityError, transaction

from apps.kernel.actor import Actor
from apps.kernel.errors import conflict, invalid
from apps.miners.firmware import store, trust
from apps.miners.firmware.signing import Statement
from apps.miners.firmware.states import move
from apps.miners.models import FirmwareImage, ImageState
from apps.miners.schemas.firmware import MinersFirmwareUploadIn
from apps.operations.context import Context

S = ImageState

#: Whole and proven: another piece changes nothing.
WHOLE: Final = frozenset({S.VERIFIED, S.PUBLISHED})


def receive(ctx: Context, data: MinersFirmwareUploadIn) -> FirmwareImage:
    """Take one piece. A piece that is there already is accepted again; a gap is refused.

    A signature that is not good is refused before anything is kept.
    """
    piece = _decoded(data)
    trust.require_good(ctx.actor.tenant, _statement(data), data.signature)
    image = _image(ctx, data)
    _sign(image, data.signature)
    if image.state in WHOLE:
        return image
    have = min(image.received, _on_disk(image))
    if data.offset + len(piece) <= have:
        return image
    if data.offset != have:
        raise conflict(f"The next piece begins at {have}, not at {data.offset}.")
    _write(image, data.offset, piece)
    if image.received >= image.size:
        verify(ctx, image)
    return image


def verify(ctx: Context, image: FirmwareImage) -> None:
    """All bytes are here: believe the image, or throw them away and say why."""
    move(ctx, image, S.UPLOADED)
    move(ctx, image, S.VERIFYING)
    found = "" if store.is_intact(image) else "The bytes are not those of the SHA-256 declared."
    found = found or trust.flaw(image)
    if found:
        store.path_of(image).unlink(missing_ok=True)
        move(ctx, image, S.REJECTED, detail=found)
    else:
        move(ctx, image, S.VERIFIED)


def _write(image: FirmwareImage, offset: int, piece: bytes) -> None:
    with store.path_of(image).open("r+b" if offset else "wb") as file:
        file.seek(offset)
        file.truncate()
        file.write(piece)
    image.received = offset + len(piece)
    image.save(update_fields=["received"])


def _sign(image: FirmwareImage, text: str) -> None:
    """Keep a signature that was found good; an image of before there were keys gets one so."""
    text = "".join(text.split())
    if text and text != image.signature:
        image.signature = text
        image.save(update_fields=["signature"])


def _on_disk(image: FirmwareImage) -> int:
    """Bytes that are really there: the file may be gone where the row says otherwise."""
    try:
        return store.path_of(image).stat().st_size
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


def _image(ctx: Context, data: MinersFirmwareUploadIn) -> FirmwareImage:
    rows = FirmwareImage.system.select_for_update().filter(
        tenant_id=ctx.actor.tenant, sha256=data.sha256
    )
    found = rows.first() or _new(ctx.actor, data)
    if found.state == S.WITHDRAWN:
        raise conflict(
            f"Image {found.version} was withdrawn ({found.detail}); these bytes stay out for good."
        )
    if found.state == S.REJECTED:
        _begin_anew(ctx, found, data)
    elif trust.statement_of(found).canonical() != _statement(data).canonical():
        known = trust.statement_of(found)
        raise conflict(
            f"These bytes are known as {known.version} for {', '.join(known.hardware)}, in these "
            f"words: {known.canonical().decode()}"
        )
    return found


def _begin_anew(ctx: Context, image: FirmwareImage, data: MinersFirmwareUploadIn) -> None:
    if data.offset:
        raise conflict("This image is rejected; begin again at offset 0 with good bytes.")
    move(ctx, image, S.RECEIVING, received=0, signature="", **_words(data))


def _new(actor: Actor, data: MinersFirmwareUploadIn) -> FirmwareImage:
    try:
        with transaction.atomic():
            return FirmwareImage.system.create(
                tenant_id=actor.tenant,
                sha256=data.sha256,
                uploaded_by=actor.label,
                **_words(data),
            )
    except IntegrityError:
        raise conflict("The same image is being uploaded by somebody else right now.") from None


def _words(data: MinersFirmwareUploadIn) -> dict[str, Any]:
    """What is said of the bytes, as columns."""
    return {
        "product": data.product,
        "version": data.version,
        "min_version": data.min_version,
        "device_models": data.device_models,
        "platforms": data.platforms,
        "size": data.size,
    }


def _statement(data: MinersFirmwareUploadIn) -> Statement:
    return Statement(
        sha256=data.sha256,
        size=data.size,
        version=data.version,
        hardware=tuple(data.device_models),
        platforms=tuple(data.platforms),
        min_version=data.min_version,
        product=data.product,
    )
