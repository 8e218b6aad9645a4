"""Inputs and outputs for asking a miner what it is, what is wrong, and what it wrote down."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from apps.miners.schemas.fields import DEVICE
from apps.operations.core import Schema

LogName = Literal["errors", "bosminer", "boser", "monitor", "syslog", "dmesg"]
Level = Literal["error", "warn", "info", "debug"]


class MinersMinerInfoIn(Schema):
    """Which miner."""

    device: str = DEVICE


class MinersBoard(Schema):
    """One hash board."""

    id: str = Field(description="Its id on the miner.")
    enabled: bool = Field(description="Whether it is switched on.")
    chips: int | None = Field(description="Chips found; null: not told.")
    terahash: float = Field(description="TH/s, mean of 5 minutes.")
    chip_c: float | None = Field(description="Hottest chip in °C; null: not measured.")
    model: str = Field(description="Its model.")
    serial: str = Field(description="Its serial number.")


class MinersRange(Schema):
    """What a setting takes, ends included."""

    default: float = Field(description="What it is when told nothing.")
    least: float = Field(description="The least it takes.")
    most: float = Field(description="The most it takes.")


class MinersMinerInfoOut(Schema):
    """What a miner is and how it is set up, asked now."""

    device: UUID = Field(description="Id of the miner.")
    name: str = Field(description="Its name here.")
    model: str = Field(description="Its model.")
    firmware: str = Field(description="Version that runs.")
    platform: str = Field(description="Its control board, as firmware names it.")
    boot_mode: str = Field(description="Where it was started from, such as nand or sd.")
    serial: str = Field(description="Serial number; empty: not told.")
    psu_serial: str = Field(description="Serial number of the power supply; empty: not told.")
    hostname: str = Field(description="Name it gives itself.")
    mac: str = Field(description="Hardware address.")
    addresses: list[str] = Field(description="Addresses with netmask.")
    network: str = Field(description="dhcp or static.")
    uptime_s: int = Field(description="Seconds since it started.")
    daemon_uptime_s: int = Field(description="Seconds the mining program runs; 0: it does not.")
    boards: list[MinersBoard] = Field(description="Its hash boards.")
    fans_rpm: list[int] = Field(description="Turns a minute of each fan.")
    hottest_c: float | None = Field(description="Highest temperature in °C; null: not measured.")
    cooling: str = Field(description="How it is cooled, such as auto or immersion.")
    target: str = Field(description="What it works towards, such as power 3068 W.")
    power_range: MinersRange | None = Field(description="Watts it takes; null: not told.")
    hashrate_range: MinersRange | None = Field(description="TH/s it takes; null: not told.")
    licence: str = Field(description="State of its licence: valid, limited, expired or none.")
    auto_upgrade: bool = Field(description="Whether it upgrades itself.")
    methods: int = Field(description="Methods its firmware has, by reflection.")


class MinersErrorListIn(Schema):
    """Which miner."""

    device: str = DEVICE


class MinersError(Schema):
    """One error, as the firmware tells it."""

    at: str = Field(description="When, as the miner's clock has it.")
    message: str = Field(description="What is wrong, in its own words.")
    codes: list[str] = Field(description="Its codes, such as V2.")
    hints: list[str] = Field(description="What the maker advises.")
    parts: list[str] = Field(description="The parts concerned, such as hashboard 2.")


class MinersErrorListOut(Schema):
    """What the miner says is wrong now; newest last."""

    device: UUID = Field(description="Id of the miner.")
    errors: list[MinersError] = Field(description="The errors; none: nothing is wrong.")


class MinersLogReadIn(Schema):
    """The last lines of a log of which miner."""

    device: str = DEVICE
    log: LogName = Field(default="bosminer", description="Which log; bosminer is the mining one.")
    lines: int = Field(default=100, ge=1, le=1000, description="How many lines at most.")
    level: Level | None = Field(
        default=None, description="Only lines of this level or worse; null: all."
    )
    since: AwareDatetime | None = Field(
        default=None, description="Only lines with a time from then on; null: all."
    )


class MinersLogReadOut(Schema):
    """The lines, oldest first."""

    device: UUID = Field(description="Id of the miner.")
    log: str = Field(description="Which log.")
    lines: list[str] = Field(description="The lines, oldest first, each cut at 1000 characters.")
    left_out: int = Field(description="Lines that fit too and are older than these.")
