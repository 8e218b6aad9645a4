"""Who is left alone and why, how fast it goes, and what stands in a curtailment's way."""

import threading
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection

from apps.accounts.models import Grant
from apps.fleet.models import DeviceState, Target
from apps.fleet.services import stop_lift, stop_set
from apps.jobs.models import Job
from apps.kernel import clock as clocks
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.miners.curtail import reconciler
from apps.miners.models import CurtailedMiner, Curtailment
from apps.operations.outcome import Status
from tests.support import factories
from tests.support.minersite import call, confirmed, image_of
from tests.unit.miners.curtail.conftest import PLACE, Hall

pytestmark = pytest.mark.django_db(transaction=True)

QUICK = {"tolerance_watts": 100, "min_off_seconds": 0, "min_on_seconds": 0, "confirm_seconds": 20}
ONE = {"reduce_kw": 2.5, "rules": QUICK}


def preview(hall: Hall, **data: object) -> dict[str, str]:
    """Why each miner that is left alone is."""
    answer = call(hall.operator, "miners.curtailment.preview", {"site": PLACE, **ONE, **data})
    assert answer.output is not None
    return {one["name"]: one["reason"] for one in answer.output["excluded"]}


def test_only_fresh_miners_that_nobody_else_has_count(
    hall: Hall, engineer: Actor, operator: Actor
) -> None:
    hall.fill(6)
    never = factories.device(hall.tenant, kind="miner", name="never", site_path=PLACE)
    DeviceState.objects.create(device=never)
    confirmed(operator, "miners.miner.pause", {"device": "miner-00"})
    hall.site.fault(hall.miner("miner-01"), "refuse")
    hall.tick(7)
    job = factories.job(operator, operation="miners.firmware.upgrade", state="failed")
    Target.system.create(
        tenant_id=hall.tenant.id,
        job_id=job.id,
        device=hall.devices[2],
        operation=job.operation,
        state="rebooting",
    )
    why = preview(hall)
    assert why.keys() == {"never", "miner-00", "miner-01", "miner-02"}
    assert why["never"] == "It was never read."
    assert why["miner-00"] == "It is paused already, and not by a curtailment."
    assert why["miner-01"].startswith("It is stale: last read at ")
    assert why["miner-02"] == f"It is held by job {job.id} (miners.firmware.upgrade)."

    event = hall.start(**ONE)
    hall.until(lambda: hall.event(event).state == "holding")
    assert hall.states(event) == {"miner-05": "confirmed"}, "the least efficient that is free"
    assert preview(hall)["miner-05"] == f"Curtailment {event.name} has it."

    image = image_of(hall.tenant)
    asked = {"device": "miner-05", "image": str(image.id)}
    with pytest.raises(Failure, match="has it paused") as caught:
        call(engineer, "miners.firmware.upgrade", asked, key=str(new_id()))
    assert caught.value.code is Code.CONFLICT
    meant = call(
        engineer, "miners.firmware.upgrade", {**asked, "curtailed": True}, key=str(new_id())
    )
    assert meant.status is Status.NEEDS_CONFIRMATION


def test_an_emergency_stop_holds_back_both_ways(hall: Hall) -> None:
    hall.fill(3)
    stop, _ = stop_set(tenant_id=hall.tenant.id, path=PLACE, set_by="x", reason="Smoke.")
    assert set(preview(hall).values()) == {f"An emergency stop of {PLACE} covers it."}
    with pytest.raises(Failure, match="No miner there can be paused now"):
        hall.start(**ONE)
    stop_lift(stop, lifted_by="x")

    event = hall.start(**ONE)
    hall.until(lambda: hall.event(event).state == "holding")
    stop, _ = stop_set(tenant_id=hall.tenant.id, path=PLACE, set_by="x", reason="Smoke.")
    before = Job.system.count()
    hall.stop(event)
    hall.tick(4)
    assert hall.event(event).state == "restoring"
    assert Job.system.count() == before, "nothing is sent while it stands"
    assert "nothing is sent until it ends" in event.miners.get().detail
    assert sum(one.state.run.paused for one in hall.miners) == 1
    stop_lift(stop, lifted_by="x")
    hall.until(lambda: hall.event(event).state == "ended")
    assert not any(one.state.run.paused for one in hall.miners)


def test_a_circuit_is_switched_at_its_pace_and_an_emergency_at_once(hall: Hall) -> None:
    hall.fill(4, circuit="A")
    slow = {**QUICK, "miners_per_minute": 1}
    event = hall.start(reduce_kw=8, rules=slow)
    hall.tick(3)
    assert Job.system.count() == 1
    hall.tick(7)
    times = sorted(
        one for one in event.miners.values_list("commanded_at", flat=True) if one is not None
    )
    assert len(times) == 2
    assert event.miners.filter(state="chosen").count() == 1
    assert all(two - one >= timedelta(seconds=60) for one, two in pairwise(times))

    with pytest.raises(Failure, match="reason"):
        confirmed(
            hall.operator,
            "miners.curtailment.start",
            {"site": PLACE, "cap_kw": 0.2, "emergency": True},
        )
    urgent = hall.start(cap_kw=0.2, rules=slow, emergency=True, reason="The grid asks.")
    hall.tick(2)
    assert all(one.state.run.paused for one in hall.miners)
    assert urgent.miners.count() == 2, "one that was free, and one that waited for its circuit"


def test_many_ticks_at_once_tell_each_miner_once(hall: Hall) -> None:
    hall.fill(4)
    event = hall.start(reduce_kw=8, rules=QUICK)
    reconciler.tick()

    def work() -> None:
        try:
            for _ in range(3):
                reconciler.tick()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert CurtailedMiner.system.filter(curtailment=event).count() == 3
    assert Job.system.filter(operation="miners.miner.pause").count() == 3


def test_what_another_event_needs_is_handed_over_and_not_woken(hall: Hall) -> None:
    hall.fill(4)
    first = hall.start(name="first", reduce_kw=5, rules=QUICK)
    hall.until(lambda: hall.event(first).state == "holding")
    limit = round(hall.watts() / 1000 + 4.0, 1)
    second = hall.start(name="second", cap_kw=limit, rules=QUICK)
    hall.until(lambda: hall.event(second).state == "holding")
    assert second.miners.count() == 0
    jobs = Job.system.filter(operation="miners.miner.pause").count()

    hall.stop(first)
    hall.until(lambda: hall.event(first).state == "ended")
    hall.tick(3)
    taken = list(second.miners.values_list("detail", flat=True))
    assert taken == ["Taken over from first."], hall.standing()
    assert sum(one.state.run.paused for one in hall.miners) == 1
    assert Job.system.filter(operation="miners.miner.pause").count() == jobs
    hall.stop(second)
    hall.until(lambda: hall.event(second).state == "ended")
    assert not any(one.state.run.paused for one in hall.miners)


def test_it_begins_and_ends_by_itself_and_ends_with_its_starters_rights(
    hall: Hall, operator: Actor
) -> None:
    hall.fill(3)
    begin = clocks.now() + timedelta(seconds=60)
    event = hall.start(**ONE, not_before=begin.isoformat(), minutes=2)
    hall.tick(2)
    assert hall.event(event).state == "planned"
    assert Job.system.count() == 0
    hall.until(lambda: hall.event(event).state == "holding")
    hall.until(lambda: hall.event(event).state == "ended")
    over = hall.event(event)
    assert over.started_at is not None
    assert over.finished_at is not None
    assert over.finished_at - over.started_at >= timedelta(minutes=2)

    later = hall.start(**ONE, not_before=(clocks.now() + timedelta(hours=1)).isoformat())
    hall.stop(later)
    assert hall.event(later).state == "cancelled"
    with pytest.raises(Failure, match="cancelled already"):
        call(operator, "miners.curtailment.stop", {"curtailment": str(later.id)})

    third = hall.start(**ONE)
    hall.until(lambda: hall.event(third).state == "holding")
    Grant.system.filter(user_id=operator.id).delete()
    hall.until(lambda: hall.event(third).state == "ended")
    assert not any(one.state.run.paused for one in hall.miners)
    moves = Curtailment.system.filter(state="ended").count()
    assert moves == 2

    seen = call(
        factories.actor_of("viewer", hall.tenant), "miners.curtailment.list", {"limit": 2}
    ).output
    assert seen is not None
    assert [one["state"] for one in seen["curtailments"]] == ["ended", "cancelled"]
