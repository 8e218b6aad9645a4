"""Members that the inputs of several Q-SYS operations share."""

from pydantic import Field

DEVICE = Field(description="The Core's id, or its name.", min_length=1, max_length=100)
COMPONENT = Field(
    default=None,
    max_length=1000,
    description="Code Name of the component; leave it out for a named control.",
)
CONTROL = Field(min_length=1, max_length=1000, description="Name of the control.")
RAMP = Field(default=0, ge=0, le=60, description="Seconds to get there.")

Scalar = bool | float | str | None
