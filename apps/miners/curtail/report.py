"""The proof of an event: power over time against its limit, and the energy that was not used."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol, TypeVar

from apps.miners.curtail.preview import kilo
from apps.miners.curtail.rules import CurtailmentRules
from apps.miners.curtail.schemas import MinersCurtailmentPoint
from apps.miners.models.curtailment import Curtailment, CurtailmentSample

T = TypeVar("T")

JOULES_PER_KWH: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Report:
    """What an event came to."""

    unused_kwh: float
    kept_percent: float | None
    points: list[MinersCurtailmentPoint]


class Metered(Protocol):
    """A second on some clock, and the watts of then."""

    @property
    def second(self) -> float: ...

    @property
    def watts(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """One point of a power curve."""

    second: float
    watts: int


def unused_joules(baseline_watts: int, curve: Sequence[Metered]) -> float:
    """Energy below the baseline, by straight lines between readings; above it counts against."""
    pairs = pairwise(curve)
    return sum(
        (baseline_watts - (one.watts + two.watts) / 2) * (two.second - one.second)
        for one, two in pairs
    )


def kept_share(limit_watts: int, curve: Sequence[Metered]) -> float | None:
    """Share of the time, in %, that began at or below the limit; None for no time."""
    spans = [(two.second - one.second, one.watts <= limit_watts) for one, two in pairwise(curve)]
    whole = sum(span for span, _ in spans)
    return round(100 * sum(span for span, kept in spans if kept) / whole, 2) if whole else None


def of(event: Curtailment, *, points: int) -> Report:
    """The report of an event so far; energy and share are by what counted, never by hope."""
    samples = list(event.samples.order_by("at"))
    curve = [Reading(one.at.timestamp(), one.counted_watts) for one in samples]
    unused = unused_joules(event.baseline_watts or 0, curve) / JOULES_PER_KWH
    return Report(
        unused_kwh=round(unused, 3),
        kept_percent=kept_share(_enough(event), held(event, curve)),
        points=[point(one) for one in thinned(samples, points)],
    )


def held(event: Curtailment, curve: Sequence[Reading]) -> list[Reading]:
    """The part of the curve from when the limit was first reached to when it was let go."""
    if event.held_at is None:
        return []
    begin = event.held_at.timestamp()
    end = event.restoring_at.timestamp() if event.restoring_at else float("inf")
    return [one for one in curve if begin <= one.second <= end]


def thinned(samples: Sequence[T], most: int) -> list[T]:
    """At most `most`, evenly spread, with the last one."""
    if most <= 0 or not samples:
        return []
    step = -(-len(samples) // most)
    return list(samples[::-1][::step][::-1])


def point(one: CurtailmentSample) -> MinersCurtailmentPoint:
    """As callers get it."""
    return MinersCurtailmentPoint(
        at=one.at,
        kw=kilo(one.watts),
        counted_kw=kilo(one.counted_watts),
        paused=one.paused,
        late=one.late,
    )


def _enough(event: Curtailment) -> int:
    rules = CurtailmentRules.model_validate(event.rules)
    return (event.limit_watts or 0) + rules.tolerance_watts
