"""Twenty miners, a third less power: one does not listen, one goes away, one wakes up by itself."""

from itertools import pairwise

import pytest

from apps.audit.models import AuditLog
from apps.events.models import Outbox
from apps.miners.curtail.report import JOULES_PER_KWH
from apps.miners.models import CurtailedMiner, CurtailmentSample
from tests.support.minersite import call
from tests.unit.miners.curtail.conftest import PLACE, Hall

pytestmark = pytest.mark.django_db(transaction=True)

TOLERANCE = 500
RULES = {
    "tolerance_watts": TOLERANCE,
    "min_off_seconds": 60,
    "min_on_seconds": 60,
    "confirm_seconds": 20,
    "stages": 3,
    "stage_seconds": 30,
}


def test_a_third_less_is_held_whatever_happens_and_restored_in_stages(hall: Hall) -> None:
    hall.fill(20)
    drawn = hall.watts()
    wanted = {"reduce_kw": round(drawn / 3000, 1), "rules": RULES}
    seen = call(hall.operator, "miners.curtailment.preview", {"site": PLACE, **wanted}).output
    assert seen is not None
    assert seen["reached"]
    chosen = [one["name"] for one in seen["miners"]]
    assert chosen == [f"miner-{n:02}" for n in range(19, 19 - len(chosen), -1)]
    assert seen["after_kw"] * 1000 > drawn * 2 / 3 - TOLERANCE - 3_500, "no more than needed"

    deaf = chosen[1]
    hall.site.fault(hall.miner(deaf), "ignore_pause", times=1)
    event = hall.start(**wanted)
    hall.until(lambda: hall.event(event).state == "holding")
    event = hall.event(event)
    assert event.baseline_watts is not None
    assert event.limit_watts is not None
    limit = event.limit_watts + TOLERANCE
    assert hall.watts() <= limit
    assert hall.miner(deaf).state.run.paused
    assert CurtailedMiner.system.get(device__name=deaf).commands == 2, "told once more"
    assert sorted(hall.states(event)) == sorted(chosen), "nobody else was needed for it"

    away = chosen[2]
    hall.site.fault(hall.miner(away), "refuse")
    hall.until(lambda: list(hall.states(event).values()).count("confirmed") == len(chosen) + 1)
    assert hall.watts() <= limit

    awake = chosen[3]
    hall.site.fault(hall.miner(awake), "wake")
    hall.until(lambda: hall.states(event)[awake] != "confirmed")
    hall.until(lambda: hall.miner(awake).state.run.paused)
    hall.tick(3)
    assert hall.watts() <= limit

    hall.site.heal(hall.miner(away))
    hall.until(lambda: "restored" in hall.states(event).values())
    hall.tick(2)
    assert hall.event(event).limit_watts == event.limit_watts
    assert hall.watts() <= limit

    hall.stop(event)
    paused = sum(one.state.run.paused for one in hall.miners)
    steps = [paused]
    while hall.event(event).state == "restoring":
        hall.tick()
        steps.append(sum(one.state.run.paused for one in hall.miners))
    falls = [before - after for before, after in pairwise(steps) if before != after]
    assert len(falls) == 3, "in three stages"
    assert max(falls) <= 3
    ended = hall.event(event)
    assert ended.state == "ended", hall.standing()
    assert hall.watts() == pytest.approx(drawn, rel=0.02)

    report = call(
        hall.operator,
        "miners.curtailment.get",
        {"curtailment": str(event.id), "points": 2_000},
    ).output
    assert report is not None
    assert report["kept_percent"] > 75
    samples = list(CurtailmentSample.objects.filter(curtailment=event))
    known = [(one, hall.truth[one.at]) for one in samples if one.at in hall.truth]
    assert len(known) >= len(samples) - 1
    assert all(one.watts == pytest.approx(truth, rel=0.02, abs=100) for one, truth in known)
    saved = sum(
        (event.baseline_watts - (one[1] + two[1]) / 2) * (two[0].at - one[0].at).total_seconds()
        for one, two in pairwise(known)
    )
    assert report["unused_kwh"] == pytest.approx(saved / JOULES_PER_KWH, rel=0.15)

    moves = AuditLog.system.filter(entry="transition", object_kind="curtailment").order_by("id")
    states = [dict(row.after or {})["state"] for row in moves]
    assert states == ["planned", "ramping", "holding", "restoring", "ended"]
    told = Outbox.objects.filter(type="miners.curtailment.changed").count()
    assert told == len(states)
