"""Fields that many inputs share."""

from pydantic import Field

DEVICE = Field(description="The miner's id, or its name.", min_length=1, max_length=100)
