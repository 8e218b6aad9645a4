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
    """One call of ours. Times in microseconds since 1970; `many` explains more than one change."""

    origin: Origin
    since_us: int
    until_us: int
    many: bool

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
    many: bool = False,
) -> bool:
    """Leave a note just before a set; False when Valkey is away, which costs only the cause.

    A ramp, or a call that sets `many` controls, explains more than one change.
    """
    return _leave(
        key_of(device_id, component or "", control), origin, at_us, ramp, many or ramp > 0
    )


def leave_for_all(device_id: UUID, origin: Origin, *, at_us: int, ramp: float = 0.0) -> bool:
    """The same for a call that may change any control of a device, such as a recall."""
    return _leave(key_of_all(device_id), origin, at_us, ramp, True)


def _leave(key: str, origin: Origin, at_us: int, ramp: float, many: bool) -> bool:
    body = {
        "cause": origin.cause,
        "actor": origin.actor,
        "call": origin.call_id,
        "since": at_us,
        "until": at_us + int((ramp + SETTLES) * 1e6),
        "many": many,
    }
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
        for change, notes in zip(asked, _notes(asked), strict=True):
            fitting = (one for one in notes if one.covers(change) and not self._is_spent(one))
            note = next(fitting, None)
            if note is not None:
                change.origin = note.origin
                self._spend(note)

    def _is_spent(self, note: Note) -> bool:
        return note.origin.call_id in self._spent

    def _spend(self, note: Note) -> None:
        if note.many or note.origin.call_id is None:
            return
        self._spent[note.origin.call_id] = note.until_us
        if len(self._spent) > 10_000:
            newest = max(self._spent.values()) - int(KEPT * 1e6)
            self._spent = {call: end for call, end in self._spent.items() if end > newest}


def key_of(device_id: UUID, component: str, control: str) -> str:
    """Where the note of a control lies."""
    return f"cp:qsys:cause:{device_id}:{component}:{control}"


def key_of_all(device_id: UUID) -> str:
    """Where the note of a whole device lies."""
    return f"cp:qsys:cause:{device_id}"


def _notes(changes: Sequence[Change]) -> Iterable[list[Note]]:
    """The notes that may explain each change, that of its control before that of its device."""
    if not changes:
        return []
    devices = list({one.place.device_id for one in changes})
    keys = [key_of(one.place.device_id, one.component, one.control) for one in changes]
    keys += [key_of_all(device) for device in devices]
    try:
        found = [_note(raw) for raw in valkey().mget(keys)]
    except redis.RedisError as error:
        log.warning("causes not asked for", error=str(error))
        return [[] for _ in changes]
    of_all = dict(zip(devices, found[len(changes) :], strict=True))
    pairs = zip(found, (of_all[one.place.device_id] for one in changes), strict=False)
    return [[one for one in pair if one is not None] for pair in pairs]


def _note(raw: Any) -> Note | None:
    if raw is None:
        return None
    body = orjson.loads(raw)
    origin = Origin(body["cause"], body["actor"], UUID(body["call"]) if body["call"] else None)
    return Note(origin, body["since"], body["until"], body["many"])
