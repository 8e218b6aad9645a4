"""Members that the inputs of several Q-SYS operations share."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

DEVICE = Field(description="The Core's id, or its name.", min_length=1, max_length=100)
COMPONENT = Field(
    default=None,
    max_length=1000,
    description="Code Name of the component; leave it out for a named control.",
)
CONTROL = Field(min_length=1, max_length=1000, description="Name of the control.")
RAMP = Field(default=0, ge=0, le=60, description="Seconds the change takes.")

Patterns = list[Annotated[str, StringConstraints(min_length=1, max_length=300)]]


def patterns(what: str) -> Any:
    """A member that takes shell patterns over names."""
    return Field(
        default=[], max_length=100, description=f"Patterns of {what} (* ? [abc]); empty for all."
    )


Scalar = bool | float | str | None
