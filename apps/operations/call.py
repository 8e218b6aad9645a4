"""A request to act, as every face builds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from apps.kernel.actor import Actor
from apps.kernel.ids import new_id
from apps.operations.core import Face

KEY_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that the limiter was already asked for this call (it must not be charged twice)."""

    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who asks for what. `input` is raw: it is parsed behind the door, once.

    `time_limit` in seconds can only shorten the operation's own.
    """

    operation: str
    input: Mapping[str, Any]
    actor: Actor
    face: Face
    id: UUID = field(default_factory=new_id)
    key: str | None = None
    confirmation: str | None = None
    dry_run: bool = False
    reason: str = ""
    request_id: str = ""
    trace_id: str = ""
    client: str = ""
    address: str = ""
    time_limit: float | None = None
    receipt: Receipt | None = None
    wants_second_person: bool = False
