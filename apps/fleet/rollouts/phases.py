"""One phase: begin with devices, judge those that are done, soak, and wait at its gate."""

from collections.abc import Callable
from datetime import timedelta

from apps.fleet.models.rollout import PauseCause, Phase, PhaseState, Rollout
from apps.fleet.rollouts.counting import counted
from apps.fleet.rollouts.moves import move_phase
from apps.fleet.rollouts.rules import (
    AbortRule,
    Gate,
    PhaseRules,
    Tally,
    is_enough,
    proves_nothing,
    tripped,
)
from apps.fleet.rollouts.starting import Halt
from apps.kernel import clock

P = PhaseState


def carry_on(rollout: Rollout, phase: Phase, *, begin: Callable[[], None]) -> None:
    """One step of the phase; `begin` starts what its pace allows. Raises `Halt`.

    A phase that a threshold stopped waits here until somebody resumes or cancels the rollout.
    """
    phase.rollout = rollout
    if phase.state == P.PENDING:
        move_phase(phase, P.RUNNING, started_at=clock.now(), sentence="Begun.")
    if phase.state in (P.RUNNING, P.SOAKING):
        judge(phase)
    if phase.state == P.RUNNING:
        if tally(phase).queued:
            begin()
        if tally(phase).is_over:
            conclude(phase)
    elif phase.state == P.SOAKING and soaked(phase):
        at_the_gate(phase)
    elif phase.state == P.FAILED:
        raise Halt(PauseCause.THRESHOLD, phase.sentence)


def judge(phase: Phase) -> None:
    """Raises `Halt` when a rule says that too much went wrong; the phase has failed then."""
    found, rules = tally(phase), rules_of(phase)
    for rule in rules.abort:
        if tripped(rule, found, tolerated=phase.tolerated):
            fail(phase, broken(rule, found, phase))


def conclude(phase: Phase) -> None:
    """Every device has its verdict: enough of them have to be good."""
    judge(phase)
    found, rules = tally(phase), rules_of(phase)
    if not is_enough(rules.success_percent, found, tolerated=phase.tolerated):
        fail(
            phase,
            f"Phase {phase.name}: {found.good} of {found.total} devices succeeded, and "
            f"{rules.success_percent} % were asked for.",
        )
    if proves_nothing(found):
        words = "No device of this phase was done, so nothing is proven; a person has to decide."
        move_phase(phase, P.GATE, sentence=words)
        return
    until = clock.now() + timedelta(seconds=rules.soak_seconds)
    move_phase(phase, P.SOAKING, soak_until=until, sentence=f"Watched for {rules.soak_seconds} s.")
    if soaked(phase):
        at_the_gate(phase)


def at_the_gate(phase: Phase) -> None:
    """On to the next phase, or to whoever decides about it."""
    if rules_of(phase).gate is Gate.MANUAL:
        move_phase(phase, P.GATE, sentence="Waits for a person to let the next phase begin.")
        return
    move_phase(phase, P.PASSED, sentence=summed_up(tally(phase)))


def fail(phase: Phase, sentence: str) -> None:
    """The phase has failed; raises `Halt`, which pauses the rollout."""
    move_phase(phase, P.FAILED, sentence=sentence)
    raise Halt(PauseCause.THRESHOLD, sentence)


def soaked(phase: Phase) -> bool:
    """Whether it was watched for long enough."""
    return phase.soak_until is None or phase.soak_until <= clock.now()


def tally(phase: Phase) -> Tally:
    """How its devices stand now."""
    return counted(phase.members.all())


def rules_of(phase: Phase) -> PhaseRules:
    """Its frozen rules."""
    return PhaseRules.model_validate(phase.rules)


def broken(rule: AbortRule, found: Tally, phase: Phase) -> str:
    """Which rule stopped it, in numbers."""
    bad = found.bad[rule.what]
    kind = "went wrong" if rule.what == "any" else f"ended as {rule.what}"
    limits = [f"{rule.count} devices"] if rule.count is not None else []
    limits += [f"more than {rule.percent} %"] if rule.percent is not None else []
    spared = f" ({phase.tolerated} of them accepted)" if phase.tolerated else ""
    return (
        f"Phase {phase.name}: {bad} of {found.done} devices {kind}{spared}; "
        f"the limit is {' or '.join(limits)}."
    )


def summed_up(found: Tally) -> str:
    """A passed phase in numbers."""
    return f"{found.good} good, {found.done - found.good} bad, {found.neutral} left out."
