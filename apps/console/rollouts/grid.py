"""A rollout while it runs: a cell a device, phases in numbers, and how long it may go on."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db.models import Count
from django.urls import reverse

from apps.console.calls import may_call
from apps.console.status import Badge, badge
from apps.fleet.models.rollout import Member, PauseCause, Phase, PhaseState, Rollout
from apps.fleet.models.rollout import MemberState as M
from apps.fleet.models.rollout import RolloutState as R
from apps.fleet.rollouts import selectors
from apps.fleet.rollouts.rules import PhaseRules
from apps.jobs.selectors import usual_seconds
from apps.kernel.actor import Actor

#: What a device of a rollout is counted as: the word, the tone, and its states.
GROUPS: Final[tuple[tuple[str, str, str, tuple[M, ...]], ...]] = (
    ("done", "done", "ok", (M.SUCCEEDED, M.ALREADY_DONE)),
    (
        "failed",
        "failed",
        "fail",
        (M.FAILED, M.TIMED_OUT, M.REJECTED, M.ROLLED_BACK, M.ROLLBACK_FAILED),
    ),
    ("unknown", "unknown", "unknown", (M.UNKNOWN, M.NEEDS_HUMAN)),
    ("running", "running", "run", (M.RUNNING,)),
    ("waiting", "waiting", "off", (M.QUEUED,)),
    ("left", "left out", "off", (M.NOT_APPLICABLE, M.CANCELLED)),
)
STATES: Final = {key: states for key, _, _, states in GROUPS}
ENDED: Final = (
    R.SUCCEEDED,
    R.COMPLETED_WITH_FAILURES,
    R.ABORTED,
    R.CANCELLED,
)
BEGUN: Final = (R.RUNNING, R.PAUSING, R.PAUSED)
#: Cells fetched by name at once; more are fetched all together.
MOST_NAMED: Final = 200

#: Tones of devices whose job is what one wants to see.
LOOKED_AT: Final = frozenset({"fail", "warn", "unknown", "run"})
NOBODY: Final = UUID(int=0)


@cache
def pattern(view: str) -> str:
    """The address of a page of one thing, with nobody's id: a thousand are not looked up each."""
    return reverse(view, args=(NOBODY,))


Counts = Counter[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Cell:
    """One device. `detail` is why it stands as it does; `url` is where more is said."""

    device: UUID
    name: str
    shown: Badge
    detail: str
    url: str

    @classmethod
    def of(cls, member: Member) -> "Cell":
        """The cell of a member: to its job where one has to look, else to its device."""
        shown = badge("member", member.state)
        view, number = "console:device", member.device_id
        if member.job_id and shown.tone in LOOKED_AT:
            view, number = "console:job", member.job_id
        url = pattern(view).replace(str(NOBODY), str(number))
        return cls(member.device_id, member.device.name, shown, member.detail, url)


@dataclass(frozen=True, slots=True)
class Part:
    """One phase: its row, its rules, its bar and its cells (none where they are not asked for)."""

    phase: Phase
    rules: PhaseRules
    counts: list[dict[str, Any]]
    cells: list[Cell]
    total: int

    @property
    def open(self) -> bool:
        """Whether it is shown unfolded: what is over and went well is not what one looks for."""
        return bool(self.cells) and self.phase.state not in (PhaseState.PASSED, PhaseState.SKIPPED)

    @property
    def words(self) -> str:
        """Its rules, as a sentence."""
        rules = self.rules
        said = [f"{rules.concurrency} at once", f"{rules.starts_per_minute} starts a minute"]
        if rules.per_place is not None:
            said.append(f"{rules.per_place} in a rack")
        if rules.per_circuit is not None:
            said.append(f"{rules.per_circuit} on a circuit")
        if rules.soak_seconds:
            said.append(f"watched for {rules.soak_seconds} s")
        stops = [_stop(one.count, one.percent, one.min_sample) for one in rules.abort]
        said.append(f"stops {' or '.join(stops)}" if stops else "nothing stops it")
        said.append(f"{rules.success_percent} % have to succeed")
        said.append("then a person decides" if rules.gate == "manual" else "then goes on by itself")
        return ", ".join(said)


def _stop(count: int | None, percent: int | None, sample: int) -> str:
    said = [f"at {count} bad"] if count is not None else []
    said += [f"above {percent} % bad of at least {sample}"] if percent is not None else []
    return " or ".join(said)


def counts_of(actor: Actor, rollout: Rollout) -> Counts:
    """Devices by phase and state."""
    rows = selectors.members(actor, rollout).order_by().select_related(None)
    found = rows.values_list("phase__number", "state").annotate(count=Count("id"))
    return Counter({(number, state): count for number, state, count in found})


def bar_of(counts: Counts, number: int | None = None) -> list[dict[str, Any]]:
    """A stacked bar of width 100 with its words, of one phase or of all."""
    sums = {
        key: sum(
            count
            for (phase, state), count in counts.items()
            if state in STATES[key] and number in (None, phase)
        )
        for key in STATES
    }
    total, x, found = sum(sums.values()), 0.0, []
    for key, word, tone, _ in GROUPS:
        width = 100 * sums[key] / total if total else 0.0
        found.append(
            {"key": key, "word": word, "tone": tone, "count": sums[key], "x": x, "width": width}
        )
        x += width
    return found


def parts(
    actor: Actor, rollout: Rollout, counts: Counts, *, show: str = "", cells: bool = True
) -> list[Part]:
    """All phases; with `show` only the cells of one group."""
    by_phase: dict[UUID, list[Cell]] = {}
    if cells:
        rows = selectors.members(actor, rollout)
        if show in STATES:
            rows = rows.filter(state__in=STATES[show])
        for member in rows:
            by_phase.setdefault(member.phase_id, []).append(Cell.of(member))
    return [
        Part(
            phase,
            PhaseRules.model_validate(phase.rules),
            bar_of(counts, phase.number),
            by_phase.get(phase.id, []),
            sum(count for (number, _), count in counts.items() if number == phase.number),
        )
        for phase in rollout.phases.all()
    ]


def cells(actor: Actor, rollout: Rollout, devices: Iterable[UUID]) -> list[Cell]:
    """The cells of some devices."""
    rows = selectors.members(actor, rollout).filter(device_id__in=list(devices)[:MOST_NAMED])
    return [Cell.of(member) for member in rows]


def left_seconds(
    actor: Actor, rollout: Rollout, found: Iterable[Part]
) -> tuple[float, float] | None:
    """How long it may go on, from the times that such jobs took lately; gates are not counted."""
    if rollout.state not in BEGUN:
        return None
    usual = usual_seconds(actor, rollout.operation)
    if usual is None:
        return None
    low, high = (sum(_left(part, seconds) for part in found) for seconds in usual)
    return (low, high) if high else None


def _left(part: Part, usual: float) -> float:
    waiting: int = sum(one["count"] for one in part.counts if one["key"] in ("running", "waiting"))
    if not waiting:
        return 0.0
    rounds = -(-waiting // part.rules.concurrency)
    pace = waiting * 60 / part.rules.starts_per_minute
    return max(rounds * usual, pace) + part.rules.soak_seconds


@dataclass(frozen=True, slots=True)
class Act:
    """A button: the operation, what it says, and what its form is filled in with.

    `at_once` ones are done by one press: whoever sees something go wrong has no time for a form.
    """

    operation: str
    word: str
    icon: str
    query: str = ""
    style: str = ""
    at_once: bool = False


def acts(actor: Actor, rollout: Rollout, phases: Iterable[Phase]) -> list[Act]:
    """What can be done with a rollout as it stands."""
    state = R(rollout.state)
    found = []
    if state is R.RUNNING and any(one.state == PhaseState.GATE for one in phases):
        found.append(Act("fleet.rollout.advance", "Pass the gate", "play", style="primary"))
    if state is R.RUNNING:
        found.append(Act("fleet.rollout.pause", "Pause", "pause", style="caution", at_once=True))
    if state in (R.PAUSED, R.PAUSING):
        found.append(_resume(rollout))
    if state in (R.DRAFT, R.PLANNED, R.APPROVED, R.SCHEDULED):
        found.append(Act("fleet.rollout.cancel", "Cancel", "ban", style="quiet"))
    if state in (*BEGUN, R.CANCELLING):
        hard = "&hard=true"
        found.append(Act("fleet.rollout.cancel", "Cancel the rest", "ban", style="danger"))
        found.append(Act("fleet.rollout.cancel", "Stop what runs too", "ban", hard, "danger"))
    if state in ENDED:
        found.append(Act("fleet.rollout.rollback", "Roll back", "rotate-ccw", style="caution"))
    return [one for one in found if may_call(actor, one.operation)]


def _resume(rollout: Rollout) -> Act:
    if rollout.cause == PauseCause.THRESHOLD:
        query, word = "&accept_failures=true", "Accept the failures and go on"
        return Act("fleet.rollout.resume", word, "play", query, "caution")
    return Act("fleet.rollout.resume", "Resume", "play", style="primary")
