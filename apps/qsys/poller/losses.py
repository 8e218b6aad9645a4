"""Which Cores of a shard are lost, and when one that is back counts as back: told once each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from apps.qsys.poller.outlook import Outlook

#: A lost Core is told again so often (s), as a reboot that was waited for may not end.
LOST_AGAIN: Final = 5.0
#: One that is lost again so soon (s) after it came back flaps, and has to stay for a while.
FLAPS_WITHIN: Final = 300.0
#: Seconds it has to stay before it counts as back: doubled at each further loss.
HOLD_FIRST: Final = 10.0
HOLD_MOST: Final = 80.0


@dataclass(slots=True)
class _Record:
    """One Core. `told` is when its loss was last told, None while it counts as there."""

    told: float | None = None
    found: float | None = None
    hold: float = 0.0
    unreachable: bool = False


class Losses:
    """The losses of one shard; `now` is monotonic, in seconds.

    A Core is lost when it has been away for `after` seconds. It counts as back at once, unless
    it was back and lost again within minutes: then it has to stay, the longer the more often.
    """

    def __init__(self, after: float) -> None:
        self._after = after
        self._records: dict[UUID, _Record] = {}

    def told(self, outlooks: Iterable[Outlook], now: float) -> dict[UUID, str]:
        """The Cores to be told lost now, with the reason; the first time and now and then."""
        lost: dict[UUID, str] = {}
        for one in outlooks:
            record = self._records.setdefault(one.device_id, _Record())
            if (one.away_for() or 0.0) < self._after:
                continue
            if record.told is None:
                record.hold = _hold(record, now)
            elif now < record.told + LOST_AGAIN and record.unreachable == bool(one.tries):
                continue
            record.told, record.unreachable = now, bool(one.tries)
            lost[one.device_id] = one.why_away() + _says_hold(record.hold)
        return lost

    def is_back(self, outlook: Outlook, now: float) -> bool:
        """Whether what a Core says may be told: it was not lost, or has stayed long enough."""
        record = self._records.get(outlook.device_id)
        if record is None or record.told is None:
            return True
        if not outlook.stood_for(record.hold):
            return False
        # A first connection that took its time is no return, and makes the next loss no flapping.
        record.told, record.found = None, now if outlook.connections > 1 else None
        return True

    def forget(self, device_id: UUID) -> None:
        """It is not polled here any more."""
        self._records.pop(device_id, None)


def _hold(record: _Record, now: float) -> float:
    if record.found is None or now - record.found > FLAPS_WITHIN:
        return 0.0
    return min(max(HOLD_FIRST, 2 * record.hold), HOLD_MOST)


def _says_hold(hold: float) -> str:
    if not hold:
        return ""
    return f" It comes and goes: it counts as back when it has stayed for {hold:.0f} s."
