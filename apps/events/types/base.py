"""What every kind of event says of itself."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """Base of all events; `type` is the stored name, `permission` what it takes to see it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: ClassVar[str]
    permission: ClassVar[str]
