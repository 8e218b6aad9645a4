"""Inputs and outputs for what a miner works towards."""

from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from apps.miners.schemas.fields import DEVICE
from apps.operations.core import Schema


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


class MinersTarget(Schema):
    """What a miner works towards."""

    mode: str = Field(description="power, hashrate or manual.")
    watts: int | None = Field(description="Power target in watts; null: it works for another.")
    terahash: float | None = Field(description="Hash-rate target, TH/s; null: for another.")


class MinersTargetOut(Schema):
    """What the miner worked towards, and works towards now."""

    device: UUID = Field(description="Id of the miner.")
    before: MinersTarget = Field(description="What it worked towards before.")
    after: MinersTarget = Field(description="What it works towards now, as read back.")
    confirmed: bool = Field(description="Whether that is what was asked for.")


class MinersHashrateSetIn(Schema):
    """The hash-rate target of which miner."""

    device: str = DEVICE
    terahash: float = Field(gt=0, le=10_000, description="Hash-rate target in TH/s.")


class MinersTargetAdjustIn(Schema):
    """A target moved by a step, or set to a share of a reference. Give `step` or `percent`."""

    device: str = DEVICE
    unit: Literal["watts", "terahash"] = Field(
        default="watts", description="Which target is meant: power in W or hash rate in TH/s."
    )
    step: float | None = Field(
        default=None, ge=-20_000, le=20_000, description="Added to the target, below 0 taken off."
    )
    percent: float | None = Field(
        default=None, gt=0, le=200, description="The target as a share of the reference, in %."
    )
    of: Literal["nominal", "min", "max", "current"] = Field(
        default="nominal", description="The reference of a percent: of the miner's own range."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.step is None) == (self.percent is None):
            raise ValueError("give step or percent, and not both")
        return self


class MinersTuningSetIn(Schema):
    """What a miner works towards: power, hash rate, its best efficiency, or its default power."""

    device: str = DEVICE
    mode: Literal["power", "hashrate", "efficiency", "default"] = Field(
        description="efficiency: the best J/TH of its curve. default: the maker's power."
    )
    watts: int | None = Field(
        default=None, gt=0, le=20_000, description="Power target in watts, for mode power."
    )
    terahash: float | None = Field(
        default=None, gt=0, le=10_000, description="Hash-rate target in TH/s, for mode hashrate."
    )

    @model_validator(mode="after")
    def _what_the_mode_needs(self) -> Self:
        if (self.mode == "power") != (self.watts is not None):
            raise ValueError("give watts with mode power, and only then")
        if (self.mode == "hashrate") != (self.terahash is not None):
            raise ValueError("give terahash with mode hashrate, and only then")
        return self
