"""Inputs and outputs for a miner as a machine: how it does, and whether it runs."""

from uuid import UUID

from pydantic import Field

from apps.miners.schemas.fields import DEVICE
from apps.operations.core import Schema


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


class MinersMinerRestartIn(Schema):
    """Which miner's mining program is started anew; the machine stays up."""

    device: str = DEVICE


class MinersMinerRestartOut(Schema):
    """That the program was started anew."""

    device: UUID = Field(description="Id of the miner.")
    was_running: bool = Field(description="Whether it ran before.")
    daemon_uptime_s: int = Field(description="Seconds it runs now.")
