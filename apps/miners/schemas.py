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

    device: UUID = Field(description="Id of the miner.")
    name: str = Field(description="Its name.")
    status: str = Field(description="What it does, such as normal or paused.")
    firmware: str = Field(description="Version that runs.")
    model: str = Field(description="Its model.")
    uptime_s: int = Field(description="Seconds since it started.")
    terahash_5s: float = Field(description="TH/s, mean of 5 seconds.")
    terahash_15m: float = Field(description="TH/s, mean of 15 minutes.")
    watts: int = Field(description="Power drawn, in watts.")
    joule_per_terahash: float = Field(description="Efficiency, J/TH: less is better.")
    power_target_watts: int | None = Field(description="Power target in watts; null: none.")
    tuner: str = Field(description="What the tuner does, such as stable.")
    locating: bool = Field(description="Whether its light blinks.")
    errors: list[str] = Field(description="Its errors, in its own words.")


class MinersMinerRebootIn(Schema):
    """Which miner is restarted."""

    device: str = DEVICE


class MinersMinerRebootOut(Schema):
    """That the miner took the command; it is away for some minutes now."""

    device: UUID = Field(description="Id of the miner.")
    rebooting: bool = Field(description="True: it took the command, and is away for minutes.")


class MinersMinerLocateIn(Schema):
    """Whether the light of which miner blinks."""

    device: str = DEVICE
    on: bool = Field(description="True to blink the light, false to stop it.")


class MinersMinerLocateOut(Schema):
    """How the light was and is."""

    device: UUID = Field(description="Id of the miner.")
    before: bool = Field(description="Whether the light blinked before.")
    after: bool = Field(description="Whether it blinks now.")


class MinersMinerPauseIn(Schema):
    """Which miner stops hashing; its boards go off, its supply stays on."""

    device: str = DEVICE


class MinersMinerResumeIn(Schema):
    """Which miner hashes again."""

    device: str = DEVICE


class MinersMinerPauseOut(Schema):
    """Whether the miner hashes, before and after."""

    device: UUID = Field(description="Id of the miner.")
    before: str = Field(description="What it did before, such as normal.")
    after: str = Field(description="What it does now, such as paused.")


class MinersPowerSetIn(Schema):
    """The power target of which miner."""

    device: str = DEVICE
    watts: int = Field(gt=0, le=20_000, description="Power target in watts.")


class MinersPowerSetOut(Schema):
    """The power target before and after, in watts, as the device took it."""

    device: UUID = Field(description="Id of the miner.")
    before: int | None = Field(description="Watts before; null: none was set.")
    after: int = Field(description="Watts as it took them.")
    confirmed: bool = Field(description="Whether that is what was asked for.")


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
