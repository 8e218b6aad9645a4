"""Input and output of a miner's performance baseline."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from apps.miners.schemas.fields import DEVICE
from apps.miners.schemas.targets import MinersTarget
from apps.operations.core import Schema


class MinersBaselineRunIn(Schema):
    """Which miner, at which power targets, for how long."""

    device: str = DEVICE
    watts: list[Annotated[int, Field(gt=0, le=20_000)]] = Field(
        default=[],
        max_length=6,
        description="Power targets in W, in turn; none: least, default and most of its own range.",
    )
    seconds: int = Field(
        default=300, ge=60, le=3_600, description="How long each is held; two thirds are measured."
    )
    stop_at_c: float | None = Field(
        default=None, gt=0, le=150, description="Hottest chip at which it ends, °C; null: its own."
    )


class MinersBaselineReading(Schema):
    """What a miner gave at one power target."""

    target_watts: int = Field(description="The power target, W.")
    watts: float = Field(description="Power drawn, mean, W.")
    terahash: float = Field(description="Hash rate, mean, TH/s.")
    joule_per_terahash: float | None = Field(description="J/TH; null: it hashed nothing.")
    hottest_c: float | None = Field(description="Hottest chip seen, °C.")
    readings: int = Field(description="How many readings the means are of.")


class MinersBaselineRunOut(Schema):
    """What was measured; the earlier target is set again."""

    device: UUID = Field(description="Id of the miner.")
    readings: list[MinersBaselineReading] = Field(description="One for each target that was held.")
    best_watts: int | None = Field(description="The target with the least J/TH; null: none.")
    target: MinersTarget = Field(description="What it works towards again, as read back.")
    stopped: str | None = Field(description="Why it ended early; null: it went through.")
