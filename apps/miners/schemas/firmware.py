"""Inputs and outputs for firmware images and upgrades."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from apps.miners.firmware.signing import require_release
from apps.miners.schemas.fields import DEVICE
from apps.operations.core import Schema

IMAGE = Field(description="Id of the firmware image.")


class MinersFirmwareUpgradeIn(Schema):
    """Which miner gets which image."""

    device: str = DEVICE
    image: UUID = Field(description="Id of a published image.")
    older: bool = Field(
        default=False, description="True: install it even if it is older than what runs."
    )
    curtailed: bool = Field(
        default=False, description="True: even a miner that a curtailment holds."
    )


class MinersFirmwareUpgradeOut(Schema):
    """Evidence: the version read back, and the hash rate."""

    device: UUID = Field(description="Id of the miner.")
    before: str = Field(description="Version before.")
    after: str = Field(description="Version read back.")
    terahash_before: float | None = Field(description="TH/s before; null: unknown.")
    terahash_after: float | None = Field(description="TH/s after; null: unknown.")
    state: str = Field(description="How it ended.")


class MinersFirmwareUploadIn(Schema):
    """One piece of an image. Send pieces in order; the last one has the image verified."""

    product: str = Field(
        default="braiins-os", min_length=1, max_length=40, description="What the image is of."
    )
    version: str = Field(min_length=1, max_length=100, description="Version in the image.")
    min_version: Annotated[str, AfterValidator(require_release)] = Field(
        default="", max_length=100, description="Oldest release that it installs on; empty: any."
    )
    device_models: list[str] = Field(
        min_length=1, max_length=50, description="Models it is for, as the miners name them."
    )
    platforms: list[Annotated[str, Field(pattern=r"^[A-Z0-9_]{1,40}$")]] = Field(
        default=[],
        max_length=20,
        description="Control boards it is for, such as AM3_AML; empty: all of those models.",
    )
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the whole image, hex.")
    size: int = Field(gt=0, le=256 * 1024 * 1024, description="Size of the whole image in bytes.")
    signature: str = Field(
        default="",
        max_length=100,
        description="Ed25519 signature of the image's statement, base64; needed once a key is "
        "trusted.",
    )
    offset: int = Field(ge=0, description="Where this piece begins.")
    data: str = Field(max_length=700_000, description="The piece, base64, at most 512 KiB.")


class MinersFirmwareUploadOut(Schema):
    """How much of the image is there."""

    image: UUID = Field(description="Id of the image.")
    state: str = Field(description="receiving, verified, rejected or published.")
    received: int = Field(description="Bytes that are here.")
    size: int = Field(description="Bytes of the whole image.")
    detail: str = Field(description="Why it was rejected; empty otherwise.")


class MinersFirmwareListIn(Schema):
    """Nothing is needed."""


class MinersFirmwareImageOut(Schema):
    """One image."""

    id: UUID = Field(description="Id of the image.")
    version: str = Field(description="Version in it.")
    device_models: list[str] = Field(description="Models it is for.")
    sha256: str = Field(description="SHA-256, hex.")
    size: int = Field(description="Bytes.")
    state: str = Field(description="published: installable.")
    signed_by: str = Field(description="Key that signed it, or empty.")
    created_at: datetime = Field(description="When it came.")


class MinersFirmwareListOut(Schema):
    """The tenant's images, newest first."""

    images: list[MinersFirmwareImageOut] = Field(description="The images, newest first.")


class MinersFirmwareGetIn(Schema):
    """Which image to look at."""

    image: UUID = IMAGE


class MinersFirmwareGetOut(MinersFirmwareImageOut):
    """One image whole: what it is for, who signed, published and withdrew it."""

    product: str = Field(description="What it is of.")
    min_version: str = Field(description="Oldest release that it installs on; empty: any.")
    platforms: list[str] = Field(description="Control boards it is for; empty: any.")
    received: int = Field(description="Bytes that are here.")
    detail: str = Field(description="Why it was rejected or withdrawn; empty otherwise.")
    statement: str = Field(description="What is signed, exactly.")
    uploaded_by: str = Field(description="Who uploaded it.")
    published_by: str = Field(description="Who published it; empty: nobody.")
    published_at: datetime | None = Field(description="When it was published; null: never.")
    withdrawn_by: str = Field(description="Who withdrew it; empty: nobody.")
    withdrawn_at: datetime | None = Field(description="When it was withdrawn; null: never.")
    rollouts: int = Field(description="Rollouts of it under way.")


class MinersFirmwarePublishIn(Schema):
    """Which verified image may be installed from now on."""

    image: UUID = IMAGE


class MinersFirmwareWithdrawIn(Schema):
    """Which image may not be installed any more; the call's reason is kept with it."""

    image: UUID = IMAGE


class MinersFirmwareMovedOut(Schema):
    """Where an image stands after a wish."""

    image: UUID = Field(description="Id of the image.")
    version: str = Field(description="Version in it.")
    state: str = Field(description="Where it stands now: published or withdrawn.")
    signed_by: str = Field(description="Trusted key that signed it; empty: none.")
    rollouts: int = Field(description="Rollouts of it under way, which a withdrawal pauses.")
