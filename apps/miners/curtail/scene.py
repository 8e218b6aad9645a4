"""An event with its place as it is at one tick: who is there, who is held, what is drawn."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from apps.kernel import clock
from apps.miners.curtail.rules import CurtailmentRules
from apps.miners.curtail.sight import Claims, Sighted, foreseen, sighted
from apps.miners.models.curtailment import HELD, CurtailedMiner, CurtailedState, Curtailment

M = CurtailedState

#: States in which a miner is about to be paused, and is expected to be soon.
COMING: Final = (M.CHOSEN, M.DISPATCHED, M.DRIFTED)
PACE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Switch:
    """A miner of the event with its circuit, as pacing takes it."""

    one: CurtailedMiner
    circuit: str

    @property
    def watts(self) -> int:
        """What is switched."""
        return self.one.watts_before


class Scene:
    """Made anew at every tick, from rows alone."""

    def __init__(self, event: Curtailment) -> None:
        self.event = event
        self.rules = CurtailmentRules.model_validate(event.rules)
        self.there = {one.id: one for one in sighted(event.tenant_id, event.site_path)}
        self.claims = Claims.of(event.tenant_id, self.there)
        rows = CurtailedMiner.system.filter(curtailment=event).select_related("device")
        self.miners = list(rows.order_by("place", "id"))
        for one in self.miners:
            one.curtailment = event

    def of(self, *states: CurtailedState) -> list[CurtailedMiner]:
        """The event's miners in these states, in the order they were chosen."""
        return [one for one in self.miners if one.state in states]

    def seen(self, one: CurtailedMiner) -> Sighted | None:
        """Where a miner of the event is read; None when it left the place."""
        return self.there.get(one.device_id)

    def is_fresh(self, one: CurtailedMiner) -> bool:
        """Whether what is read of it counts."""
        seen = self.seen(one)
        return seen is not None and seen.fresh

    def measured(self) -> int:
        """What fresh readings say is drawn, W."""
        return sum(one.watts for one in self.there.values() if one.fresh)

    def counted(self, *, expected: bool = False) -> int:
        """What is drawn where nothing unproven is counted as saved, W.

        A miner that does not answer counts as it was before. `expected` counts those that are
        being switched, by any curtailment, as if they were already.
        """
        held = {one.device_id: one for one in self.miners if one.state in HELD}
        return sum(self._counted(one, held.get(one.id), expected) for one in self.there.values())

    def _counted(self, seen: Sighted, one: CurtailedMiner | None, expected: bool) -> int:
        if not seen.fresh:
            return one.watts_before if one else self._last_known(seen)
        if not expected:
            return seen.watts
        if one is None:
            return self.claims.foreseen.get(seen.id, seen.watts)
        return seen.watts if one.state == M.CONFIRMED else foreseen(one)

    def _last_known(self, seen: Sighted) -> int:
        """A miner that was silent before the event began does not count at all."""
        began = self.event.started_at
        silent = began is None or seen.seen_at is None or seen.seen_at < began - PACE
        return 0 if silent else seen.watts

    def late(self) -> int:
        """How many are not where they are wanted: late, awake or silent."""
        held = [one for one in self.miners if one.state in HELD]
        return sum(one.late or not self.is_fresh(one) for one in held)

    def switch(self, one: CurtailedMiner) -> Switch:
        """A miner as pacing takes it."""
        seen = self.seen(one)
        return Switch(one, seen.circuit if seen else one.device.site_path)

    def switched(self, since: datetime | None = None) -> list[Switch]:
        """Those that were commanded within the last minute."""
        after = since or clock.now() - PACE
        recent = [one for one in self.miners if one.commanded_at and one.commanded_at > after]
        return [self.switch(one) for one in recent]


def ids_of(rows: Iterable[CurtailedMiner]) -> list[UUID]:
    """The newest jobs of these miners."""
    return [one.job_id for one in rows if one.job_id]
