"""Inputs and outputs of the miner operations."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from apps.operations.core import Schema

DEVICE = Field(description="The miner's id, or its name.", min_length=1, max_length=100)


class MinersMinerStatusIn(Schema):
    """Which miner."""

    device: str = DEVICE


class MinersMinerStatusOut(Schema):
    """What the miner says of itself now. Rates in TH/s, power in watts, times in seconds."""

    device: UUID
    name: str
    status: str
    firmware: str
    model: str
    uptime_s: int
    terahash_5s: float
    terahash_15m: float
    watts: int
    joule_per_terahash: float
    power_target_watts: int | None
    tuner: str
    locating: bool
    errors: list[str]


class MinersMinerRebootIn(Schema):
    """Which miner is restarted."""

    device: str = DEVICE


class MinersMinerRebootOut(Schema):
    """That the miner took the command; it is away for some minutes now."""

    device: UUID
    rebooting: bool


class MinersMinerLocateIn(Schema):
    """Whether the light of which miner blinks."""

    device: str = DEVICE
    on: bool = Field(description="True to blink the light, false to stop it.")


class MinersMinerLocateOut(Schema):
    """How the light was and is."""

    device: UUID
    before: bool
    after: bool


class MinersMinerPauseIn(Schema):
    """Which miner stops hashing; its boards go off, its supply stays on."""

    device: str = DEVICE


class MinersMinerResumeIn(Schema):
    """Which miner hashes again."""

    device: str = DEVICE


class MinersMinerPauseOut(Schema):
    """Whether the miner hashes, before and after."""

    device: UUID
    before: str
    after: str


class MinersPowerSetIn(Schema):
    """The power target of which miner."""

    device: str = DEVICE
    watts: int = Field(gt=0, le=20_000, description="Power target in watts.")


class MinersPowerSetOut(Schema):
    """The power target before and after, in watts, as the device took it."""

    device: UUID
    before: int | None
    after: int
    confirmed: bool


class MinersFirmwareUpgradeIn(Schema):
    """Which miner gets which image."""

    device: str = DEVICE
    image: UUID = Field(description="Id of a verified firmware image.")


class MinersFirmwareUpgradeOut(Schema):
    """Positive evidence: the version read back, and a healthy hash rate. Rates in TH/s."""

    device: UUID
    before: str
    after: str
    terahash_before: float | None
    terahash_after: float | None
    state: str


class MinersFirmwareUploadIn(Schema):
    """One piece of an image. Send pieces in order; the last one has the image verified."""

    version: str = Field(min_length=1, max_length=100)
    device_models: list[str] = Field(min_length=1, max_length=50)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the whole image, hex.")
    size: int = Field(gt=0, le=256 * 1024 * 1024, description="Size of the whole image in bytes.")
    offset: int = Field(ge=0, description="Where this piece begins.")
    data: str = Field(max_length=700_000, description="The piece, base64, at most 512 KiB.")


class MinersFirmwareUploadOut(Schema):
    """How much of the image is there."""

    image: UUID
    state: str
    received: int
    size: int


class MinersFirmwareListIn(Schema):
    """Nothing is needed."""


class MinersFirmwareImageOut(Schema):
    """One image."""

    id: UUID
    version: str
    device_models: list[str]
    sha256: str
    size: int
    state: str
    created_at: datetime


class MinersFirmwareListOut(Schema):
    """The tenant's images, newest first."""

    images: list[MinersFirmwareImageOut]
