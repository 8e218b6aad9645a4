"""How many devices may be begun with now: at once, a minute, at one place, on one circuit."""

from collections import Counter
from datetime import timedelta
from typing import Final

from django.db.models import Q

from apps.fleet.models.rollout import Member, MemberState, PauseCause, Phase, Rollout
from apps.fleet.rollouts.calendar import Calendar
from apps.fleet.rollouts.carrying import starter
from apps.fleet.rollouts.phases import rules_of
from apps.fleet.rollouts.rules import PhaseRules
from apps.fleet.rollouts.starting import Begun, Halt, begin
from apps.kernel import clock
from apps.kernel.errors import Failure

UNDER_WAY: Final = (MemberState.RUNNING, MemberState.UNKNOWN)
#: Most devices begun with in one step, so that a step stays short.
MOST_A_STEP: Final = 25


def begin_some(rollout: Rollout, phase: Phase) -> None:
    """Begin with as many devices as the phase's pace allows; raises `Halt`."""
    rules = rules_of(phase)
    room = free(rollout, phase, rules)
    if room <= 0:
        return
    try:
        actor = starter(rollout)
    except Failure as failure:
        raise Halt(PauseCause.RIGHTS, failure.detail) from failure
    crowd, closed = Crowd.of(rollout, rules), Calendar.of(rollout).at(clock.now())
    for member in waiting(phase):
        if room <= 0:
            return
        if not crowd.has_room(member) or closed(member.device.site_path):
            continue
        member.rollout = rollout
        if begin(rollout, member, actor) is Begun.STARTED:
            crowd.enter(member)
            room -= 1


def free(rollout: Rollout, phase: Phase, rules: PhaseRules) -> int:
    """How many more may be begun with in this step."""
    minute_ago = clock.now() - timedelta(seconds=60)
    recent = rollout.members.filter(started_at__gt=minute_ago).count()
    running = phase.members.filter(state__in=UNDER_WAY).count()
    return min(rules.concurrency - running, rules.starts_per_minute - recent, MOST_A_STEP)


def waiting(phase: Phase) -> list[Member]:
    """Members whose turn it is, in order; those of a full place are passed over."""
    due = Q(not_before=None) | Q(not_before__lte=clock.now())
    rows = phase.members.filter(due, state=MemberState.QUEUED).select_related("device")
    return list(rows.order_by("place"))


class Crowd:
    """How many of the rollout's devices are under way at each place and on each circuit."""

    def __init__(self, rules: PhaseRules) -> None:
        self._rules = rules
        self._places: Counter[str] = Counter()
        self._circuits: Counter[str] = Counter()

    @classmethod
    def of(cls, rollout: Rollout, rules: PhaseRules) -> "Crowd":
        """As it is now."""
        crowd = cls(rules)
        for member in rollout.members.filter(state__in=UNDER_WAY).select_related("device"):
            crowd.enter(member)
        return crowd

    def enter(self, member: Member) -> None:
        """One more is under way."""
        self._places[member.device.site_path] += 1
        self._circuits[member.device.circuit] += 1

    def has_room(self, member: Member) -> bool:
        """Whether its place and its circuit bear one more; a device without circuit has none."""
        rules, device = self._rules, member.device
        place_full = (
            rules.per_place is not None and self._places[device.site_path] >= rules.per_place
        )
        circuit_full = (
            rules.per_circuit is not None
            and bool(device.circuit)
            and self._circuits[device.circuit] >= rules.per_circuit
        )
        return not place_full and not circuit_full
