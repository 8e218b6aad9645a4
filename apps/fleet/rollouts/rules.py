"""When a phase has gone wrong, and when it is good enough: whole numbers, no opinion, no rows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from apps.fleet.models.rollout import MemberState as State
from apps.operations.core import Schema

GOOD: Final = frozenset({State.SUCCEEDED, State.ALREADY_DONE})
#: Neither for nor against: the device was never meant, or nothing was begun.
NEUTRAL: Final = frozenset({State.NOT_APPLICABLE, State.CANCELLED})


class Bad(StrEnum):
    """Ways to go wrong that a rule may count."""

    FAILED = "failed"
    TIMED_OUT = "timed_out"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    ANY = "any"


CLASS_OF: Final[dict[State, Bad]] = {
    State.FAILED: Bad.FAILED,
    State.ROLLED_BACK: Bad.FAILED,
    State.ROLLBACK_FAILED: Bad.FAILED,
    State.TIMED_OUT: Bad.TIMED_OUT,
    State.UNKNOWN: Bad.UNKNOWN,
    State.NEEDS_HUMAN: Bad.UNKNOWN,
    State.REJECTED: Bad.REJECTED,
}


class Gate(StrEnum):
    """Who lets the next phase begin."""

    AUTO = "auto"
    MANUAL = "manual"


class AbortRule(Schema):
    """Stop when so many devices, or more than such a share of those that are done, went wrong."""

    what: Bad = Field(default=Bad.ANY, description="Which bad ends are counted.")
    count: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="Stop at this many bad ends."
    )
    percent: Annotated[int, Field(ge=0, le=99)] | None = Field(
        default=None, description="Stop above this whole percentage of the devices that are done."
    )
    min_sample: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=1, description="The percentage counts only once this many devices are done."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.count is None and self.percent is None:
            raise ValueError("give count, percent, or both")
        return self


@dataclass(frozen=True, slots=True)
class Tally:
    """How the devices of a phase stand. `unknown` ones still run and count as bad."""

    total: int
    queued: int
    running: int
    good: int
    neutral: int
    bad: dict[Bad, int]

    @classmethod
    def of(cls, states: Iterable[str]) -> Self:
        """Count the states of members."""
        return cls.of_counts(Counter(states))

    @classmethod
    def of_counts(cls, given: Mapping[str, int]) -> Self:
        """The same where they are counted already, by state."""
        counts = Counter({State(state): count for state, count in given.items()})
        bad = dict.fromkeys(Bad, 0)
        for state, kind in CLASS_OF.items():
            bad[kind] += counts[state]
            bad[Bad.ANY] += counts[state]
        return cls(
            total=counts.total(),
            queued=counts[State.QUEUED],
            running=counts[State.RUNNING] + counts[State.UNKNOWN],
            good=sum(counts[one] for one in GOOD),
            neutral=sum(counts[one] for one in NEUTRAL),
            bad=bad,
        )

    @property
    def went_wrong(self) -> int:
        """Devices that ended badly or are being asked what is true."""
        return self.bad[Bad.ANY]

    @property
    def done(self) -> int:
        """Devices with a verdict for or against, those being asked included."""
        return self.good + self.went_wrong

    @property
    def is_over(self) -> bool:
        """Whether nothing is queued or under way."""
        return self.queued == 0 and self.running == 0


def tripped(rule: AbortRule, tally: Tally, *, tolerated: int = 0) -> bool:
    """Whether the rule stops the phase: at `count`, or strictly above `percent`.

    `tolerated` bad ends were accepted by a person and count no more. Whole numbers only, so
    that the boundary is exact.
    """
    bad = max(0, tally.bad[rule.what] - tolerated)
    if rule.count is not None and bad >= rule.count:
        return True
    if rule.percent is None or tally.done < rule.min_sample:
        return False
    return bad * 100 > rule.percent * tally.done


def is_enough(success_percent: int, tally: Tally, *, tolerated: int = 0) -> bool:
    """Whether enough of the devices that were meant have succeeded."""
    meant = tally.total - tally.neutral - min(tolerated, tally.bad[Bad.ANY])
    return tally.good * 100 >= success_percent * meant


def proves_nothing(tally: Tally) -> bool:
    """Whether a phase ended without a single device for or against: no evidence to go on."""
    return tally.done == 0


class PhaseRules(Schema):
    """The rules of one phase; sizes are frozen into members when the rollout is planned."""

    name: Annotated[str, Field(min_length=1, max_length=60, description="What it is called.")]
    size: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="How many devices; null where percent is given."
    )
    percent: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None,
        description="Share of all devices in percent, rounded up; with neither, all that are left.",
    )
    concurrency: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=10, description="Most devices under way at once."
    )
    starts_per_minute: Annotated[int, Field(ge=1, le=6000)] = Field(
        default=60, description="Most devices begun in any minute."
    )
    per_place: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        default=None, description="Most under way at one place (rack, room); null is no limit."
    )
    per_circuit: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        default=None, description="Most under way on one power circuit; null is no limit."
    )
    soak_seconds: Annotated[int, Field(ge=0, le=604_800)] = Field(
        default=0, description="How long to watch after the last device, in seconds."
    )
    gate: Gate = Field(
        default=Gate.AUTO, description="auto goes on by itself; manual waits for a person."
    )
    success_percent: Annotated[int, Field(ge=1, le=100)] = Field(
        default=100, description="Least share of the devices meant that has to succeed."
    )
    abort: Annotated[list[AbortRule], Field(max_length=8)] = Field(
        default_factory=lambda: [AbortRule(count=1)],
        description="Any of these stops the rollout; empty never stops it.",
    )

    @model_validator(mode="after")
    def _has_one_size(self) -> Self:
        if self.size is not None and self.percent is not None:
            raise ValueError("give size or percent, not both")
        return self


#: What is done where nobody said anything: one device and a person's look, then the rest.
USUAL: Final = (
    PhaseRules(name="canary", size=1, concurrency=1, soak_seconds=300, gate=Gate.MANUAL),
    PhaseRules(
        name="rest",
        success_percent=95,
        abort=[AbortRule(count=3), AbortRule(percent=5, min_sample=20)],
    ),
)
