"""Changes of a Core told as people would: what belongs together is one entry."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from apps.qsys.models import Cause
from apps.qsys.selectors import Changed

#: Changes of one origin that lie closer together than this are told as one.
APART: Final = timedelta(seconds=10)
#: What happens to many controls at once, and is one event for whoever reads it.
SWEEPING: Final = frozenset({Cause.FIRST.value, Cause.AWAY.value})


@dataclass(slots=True)
class Run:
    """Changes that belong together, newest first: of one call, or of one hand on one control."""

    changes: list[Changed] = field(default_factory=list)

    @property
    def newest(self) -> Changed:
        """The last thing that happened."""
        return self.changes[0]

    @property
    def oldest(self) -> Changed:
        """The first thing that happened."""
        return self.changes[-1]

    @property
    def before(self) -> datetime:
        """Just before it all."""
        return self.oldest.at - timedelta(milliseconds=1)

    @property
    def single(self) -> bool:
        """Whether it is about one control."""
        return self.controls == 1

    @property
    def controls(self) -> int:
        """How many controls it is about."""
        return len({one.control.id for one in self.changes})

    def takes(self, other: Changed) -> bool:
        """Whether the next older change belongs here."""
        if self.oldest.at - other.at > APART:
            return False
        of_one_call = other.call_id is not None and other.call_id == self.oldest.call_id
        return of_one_call or _hand(self.oldest) == _hand(other)


def runs(changes: Iterable[Changed]) -> list[Run]:
    """Changes, newest first, in runs."""
    found: list[Run] = []
    for one in changes:
        if not (found and found[-1].takes(one)):
            found.append(Run())
        found[-1].changes.append(one)
    return found


def _hand(one: Changed) -> tuple[Any, ...]:
    """Who moved what: a fader that is dragged makes many calls, and is one movement."""
    return (one.cause,) if one.cause in SWEEPING else (one.cause, one.actor, one.control.id)
