"""How a curtailment goes about it: how exactly, how fast, and for how long at least."""

from pydantic import Field

from apps.operations.core import Schema


class CurtailmentRules(Schema):
    """Frozen into an event when it is started. Times in seconds, power in watts.

    The pace holds for each circuit; where no circuit is known, for each rack or place.
    """

    tolerance_watts: int = Field(
        default=500, ge=0, le=10_000_000, description="How far above the limit still is enough, W."
    )
    min_off_seconds: int = Field(
        default=600, ge=0, le=86_400, description="A paused miner stays paused so long at least, s."
    )
    min_on_seconds: int = Field(
        default=600, ge=0, le=86_400, description="A restored miner is left to hash so long, s."
    )
    miners_per_minute: int = Field(
        default=20, ge=1, le=10_000, description="Most miners switched per circuit and minute."
    )
    watts_per_minute: int | None = Field(
        default=None, ge=1, description="Most watts switched per circuit and minute; null: any."
    )
    confirm_seconds: int = Field(
        default=120, ge=1, le=3_600, description="A miner that is not seen to obey by then is late."
    )
    stages: int = Field(default=4, ge=1, le=50, description="In how many stages it is restored.")
    stage_seconds: int = Field(
        default=60, ge=0, le=3_600, description="Seconds from one stage to the next, at least."
    )
