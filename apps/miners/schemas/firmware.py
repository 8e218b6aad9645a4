"""Inputs and outputs for firmware."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from apps.miners.schemas.fields import DEVICE
from apps.operations.core import Schema


class MinersFirmwareUpgradeIn(Schema):
    """Which miner gets which image."""

    device: str = DEVICE
    image: UUID = Field(description="Id of a verified firmware image.")


class MinersFirmwareUpgradeOut(Schema):
    """Positive evidence: the version read back, and a healthy hash rate. Rates in TH/s."""

    device: UUID = Field(description="Id of the miner.")
    before: str = Field(description="Version before.")
    after: str = Field(description="Version read back.")
    terahash_before: float | None = Field(description="TH/s before; null: not measured.")
    terahash_after: float | None = Field(description="TH/s afterwards; null: not measured.")
    state: str = Field(description="How it ended, such as succeeded or already_done.")


class MinersFirmwareUploadIn(Schema):
    """One piece of an image. Send pieces in order; the last one has the image verified."""

    version: str = Field(min_length=1, max_length=100, description="Version in the image.")
    device_models: list[str] = Field(
        min_length=1, max_length=50, description="Models it is for, as the miners name them."
    )
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the whole image, hex.")
    size: int = Field(gt=0, le=256 * 1024 * 1024, description="Size of the whole image in bytes.")
    offset: int = Field(ge=0, description="Where this piece begins.")
    data: str = Field(max_length=700_000, description="The piece, base64, at most 512 KiB.")


class MinersFirmwareUploadOut(Schema):
    """How much of the image is there."""

    image: UUID = Field(description="Id of the image.")
    state: str = Field(description="receiving, verified or rejected.")
    received: int = Field(description="Bytes that are here.")
    size: int = Field(description="Bytes of the whole image.")


class MinersFirmwareListIn(Schema):
    """Nothing is needed."""


class MinersFirmwareImageOut(Schema):
    """One image."""

    id: UUID = Field(description="Id of the image.")
    version: str = Field(description="Version in it.")
    device_models: list[str] = Field(description="Models it is for.")
    sha256: str = Field(description="SHA-256 of the whole image, hex.")
    size: int = Field(description="Bytes of the whole image.")
    state: str = Field(
        description="verified: it may be installed. Else receiving, rejected or withdrawn."
    )
    created_at: datetime = Field(description="When its first piece came.")


class MinersFirmwareListOut(Schema):
    """The tenant's images, newest first."""

    images: list[MinersFirmwareImageOut] = Field(description="The images, newest first.")
