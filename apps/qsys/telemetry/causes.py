"""Which call of ours a change came from: a short-lived note, left before the call is made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
import redis
import structlog

from apps.kernel.valkey import valkey
from apps.qsys.models import Cause
from apps.qsys.telemetry.records import Change, Origin

#: Seconds after a set within which the Core shows its effect; a ramp adds its own time.
SETTLES: Final = 2.0
#: Seconds a note outlives its use, for changes that wait to be stored.
KEPT: Final = 30.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Note:
    """One call of ours on one control. Times in microseconds since 1970."""

    origin: Origin
    since_us: int
    until_us: int
    ramped: bool

    def covers(self, change: Change) -> bool:
        """Whether the change may be this call's."""
        return self.since_us <= change.at_us <= self.until_us


def leave(
    device_id: UUID,
    component: str | None,
    control: str,
    origin: Origin,
    *,
    at_us: int,
    ramp: float = 0.0,
) -> bool:
    """Leave a note just before a set; False when Valkey is away, which costs only the cause."""
    body = {
        "cause": origin.cause,
        "actor": origin.actor,
        "call": origin.call_id,
        "since": at_us,
        "until": at_us + int((ramp + SETTLES) * 1e6),
        "ramped": ramp > 0,
    }
    key = key_of(device_id, component or "", control)
    try:
        valkey().set(key, orjson.dumps(body), ex=int(ramp + KEPT))
    except redis.RedisError as error:
        log.warning("cause not noted", error=str(error))
        return False
    return True


class Attributor:
    """Gives changes the origin their note names. A call without a ramp explains one change."""

    def __init__(self) -> None:
        self._spent: dict[UUID, int] = {}

    def attribute(self, changes: Sequence[Change]) -> None:
        """Fill in `origin` of what changed; without Valkey it stays as it is.

        What was found after a gap may be ours as well: the gap may have begun after our set.
        """
        asked = [one for one in changes if one.origin.cause != Cause.FIRST]
        for change, note in zip(asked, _notes(asked), strict=True):
            if note is not None and note.covers(change) and not self._is_spent(note):
                change.origin = note.origin
                self._spend(note)

    def _is_spent(self, note: Note) -> bool:
        return note.origin.call_id in self._spent

    def _spend(self, note: Note) -> None:
        if note.ramped or note.origin.call_id is None:
            return
        self._spent[note.origin.call_id] = note.until_us
        if len(self._spent) > 10_000:
            newest = max(self._spent.values()) - int(KEPT * 1e6)
            self._spent = {call: end for call, end in self._spent.items() if end > newest}


def key_of(device_id: UUID, component: str, control: str) -> str:
    """Where the note of a control lies."""
    return f"cp:qsys:cause:{device_id}:{component}:{control}"


def _notes(changes: Sequence[Change]) -> Iterable[Note | None]:
    if not changes:
        return []
    keys = [key_of(one.place.device_id, one.component, one.control) for one in changes]
    try:
        return [_note(raw) for raw in valkey().mget(keys)]
    except redis.RedisError as error:
        log.warning("causes not asked for", error=str(error))
        return [None] * len(changes)


def _note(raw: Any) -> Note | None:
    if raw is None:
        return None
    body = orjson.loads(raw)
    origin = Origin(body["cause"], body["actor"], UUID(body["call"]) if body["call"] else None)
    return Note(origin, body["since"], body["until"], body["ramped"])
