"""Which miners are paused for a given need: a pure function of what is known of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar
from uuid import UUID

#: A paused miner still feeds its controller and supply: so much of its power stays, at a guess,
#: until it is measured.
IDLE_PERCENT: Final = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A miner that may be paused: its power in W, and its efficiency in J/TH: less is better.

    Infinite is the efficiency of one that draws power and yields nothing.
    """

    id: UUID
    watts: int
    joule_per_terahash: float

    @property
    def shed_watts(self) -> int:
        """What pausing it is expected to save."""
        return self.watts - idle_watts(self.watts)


def idle_watts(watts: int) -> int:
    """What a miner that drew `watts` is expected to draw while it is paused."""
    return -(-watts * IDLE_PERCENT // 100)


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The least efficient first; the same order whatever order they come in."""
    return sorted(candidates, key=lambda one: (-one.joule_per_terahash, str(one.id)))


def choose(
    candidates: Iterable[Candidate], need_watts: int, tolerance_watts: int = 0
) -> list[Candidate]:
    """The least efficient miners that together save `need_watts`, as few of them as do.

    It stops as soon as what is missing is within the tolerance, so without the last one chosen
    too little would be saved. All of them where even that is not enough; none where nothing is
    needed.
    """
    chosen, missing = [], need_watts
    for one in ranked(candidates):
        if missing <= tolerance_watts or need_watts <= 0:
            break
        if one.shed_watts > 0:
            chosen.append(one)
            missing -= one.shed_watts
    return chosen


def release(paused: Iterable[Candidate], surplus_watts: int) -> list[Candidate]:
    """The most efficient of the paused miners that may hash again within the surplus.

    `watts` of a paused one is what it drew before. The order is strict: it ends at the first
    that does not fit, so that a less efficient one never overtakes it.
    """
    released, left = [], surplus_watts
    for one in reversed(ranked(paused)):
        if one.shed_watts > left:
            break
        released.append(one)
        left -= one.shed_watts
    return released


class Switched(Protocol):
    """A miner that is to be switched, or was in the last minute."""

    @property
    def circuit(self) -> str: ...

    @property
    def watts(self) -> int: ...


S = TypeVar("S", bound=Switched)


def paced(
    waiting: Sequence[S],
    recent: Iterable[Switched],
    *,
    miners_per_minute: int,
    watts_per_minute: int | None,
) -> list[S]:
    """Those of `waiting`, in order, that their circuits bear now besides the `recent` ones.

    A miner that alone draws more than a circuit's watts a minute has its minute for itself.
    """
    miners: Counter[str] = Counter()
    watts: Counter[str] = Counter()
    for one in recent:
        miners[one.circuit] += 1
        watts[one.circuit] += one.watts
    allowed = []
    for each in waiting:
        where = each.circuit
        full = watts_per_minute is not None and watts[where] + each.watts > watts_per_minute
        if miners[where] >= miners_per_minute or (full and miners[where]):
            continue
        miners[where] += 1
        watts[where] += each.watts
        allowed.append(each)
    return allowed
