"""The controller: canary first, never faster than told, and it stops by itself."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from apps.accounts.models import Grant
from apps.audit.models import AuditLog
from apps.events.models import Outbox
from apps.fleet import services, targets
from apps.fleet.models import EmergencyStop
from apps.fleet.models.rollout import Member, Rollout
from apps.fleet.rollouts import controller
from apps.jobs.models import Job
from apps.kernel import clock
from apps.kernel.ids import new_id
from tests.unit.fleet.rollouts.conftest import Farm, Site

CANARY = {"name": "canary", "size": 2, "concurrency": 1}
REST = {"name": "rest", "concurrency": 3, "abort": [{"count": 2}], "success_percent": 50}


def test_phases_run_one_after_the_other(site: Site, farm: Farm) -> None:
    rollout = site.started(site.devices(6), CANARY, REST)
    site.tick()
    assert site.states(rollout) == ["running"] + ["queued"] * 5, "one at once"
    site.tick(2)
    assert farm.flashed == ["unit-00", "unit-01"]
    site.tick(5)
    assert site.states(rollout) == ["succeeded"] * 6
    assert site.phases(rollout) == ["passed", "passed"]
    row = site.row(rollout)
    assert (row.state, row.sentence) == (
        "succeeded",
        "6 of 6 devices done, 0 went wrong, 0 left out.",
    )
    assert len(farm.flashed) == len(set(farm.flashed)) == 6


def test_never_more_at_once_than_told(site: Site, farm: Farm) -> None:
    farm.ends = dict.fromkeys((f"unit-{n:02}" for n in range(8)), "hang")
    rollout = site.started(site.devices(8), {"name": "all", "concurrency": 3})
    site.tick(3)
    assert site.states(rollout).count("running") == 3
    assert Job.system.count() == 3


def test_never_more_in_a_minute_than_told(site: Site, farm: Farm) -> None:
    rollout = site.started(site.devices(5), {"name": "all", "starts_per_minute": 2})
    site.tick(4)
    assert len(farm.flashed) == 2
    site.time.advance(61)
    site.tick(2)
    assert len(farm.flashed) == 4
    site.time.advance(61)
    site.tick(3)
    assert site.row(rollout).state == "succeeded"


def test_never_more_on_one_circuit_or_at_one_place_than_told(site: Site, farm: Farm) -> None:
    farm.ends = dict.fromkeys((f"unit-{n:02}" for n in range(4)), "hang")
    devices = site.devices(3, circuit="A")
    devices[2].circuit = "B"
    devices[2].save()
    rollout = site.started(devices, {"name": "all", "per_circuit": 1})
    site.tick(2)
    assert site.states(rollout) == ["running", "queued", "running"]


def test_a_place_bears_only_so_many(site: Site, farm: Farm) -> None:
    farm.ends = dict.fromkeys((f"unit-{n:02}" for n in range(3)), "hang")
    rollout = site.started(site.devices(3), {"name": "all", "per_place": 2})
    site.tick(2)
    assert site.states(rollout) == ["running", "running", "queued"]


def test_too_many_bad_canaries_stop_the_rest(site: Site, farm: Farm) -> None:
    farm.ends = {"unit-00": "failed"}
    rollout = site.started(site.devices(4), CANARY, REST)
    site.tick(6)
    row = site.row(rollout)
    assert (row.state, row.cause) == ("paused", "threshold")
    assert row.sentence == "Phase canary: 1 of 1 devices went wrong; the limit is 1 devices."
    assert site.states(rollout) == ["failed", "queued", "queued", "queued"]
    assert farm.flashed == ["unit-00"]


def test_after_a_threshold_only_who_accepts_it_goes_on(site: Site, farm: Farm) -> None:
    farm.ends = {"unit-00": "failed"}
    rollout = site.started(site.devices(4), CANARY, REST)
    site.tick(4)
    with pytest.raises(Exception, match="resume with accept_failures"):
        site.call("rollout.resume", rollout=str(rollout))
    assert site.row(rollout).state == "paused"
    site.call("rollout.resume", rollout=str(rollout), accept_failures=True)
    site.tick(8)
    assert site.row(rollout).state == "completed_with_failures"
    assert site.states(rollout) == ["failed", "succeeded", "succeeded", "succeeded"]


def test_a_soak_is_waited_for_and_a_gate_waits_for_a_person(site: Site, farm: Farm) -> None:
    gated = {**CANARY, "size": 1, "soak_seconds": 60, "gate": "manual"}
    rollout = site.started(site.devices(2), gated, REST)
    site.tick(3)
    assert site.phases(rollout) == ["soaking", "pending"]
    site.time.advance(61)
    site.tick(3)
    assert site.phases(rollout) == ["gate", "pending"]
    assert farm.flashed == ["unit-00"]
    site.call("rollout.advance", rollout=str(rollout))
    site.tick(3)
    assert site.row(rollout).state == "succeeded"


def test_a_phase_of_unfit_devices_waits_for_a_person(site: Site, farm: Farm) -> None:
    devices = site.devices(3)
    rollout = site.started(devices, {**CANARY, "size": 1}, REST)
    farm.unfit = {"unit-00"}
    site.tick(3)
    assert site.states(rollout)[0] == "not_applicable"
    assert site.phases(rollout) == ["gate", "pending"]
    assert farm.flashed == []


def test_a_withdrawn_image_pauses_before_the_next_start(site: Site, farm: Farm) -> None:
    rollout = site.started(site.devices(3), {"name": "all", "concurrency": 1})
    site.tick(2)
    farm.withdrawn = True
    site.tick(3)
    row = site.row(rollout)
    assert (row.state, row.cause, row.sentence) == (
        "paused",
        "artifact_withdrawn",
        "The image was withdrawn.",
    )
    begun = len(farm.flashed)
    farm.withdrawn = False
    site.call("rollout.resume", rollout=str(rollout))
    site.tick(6)
    assert begun < 3
    assert len(farm.flashed) == 3


def test_what_is_brought_is_read_whole_before_each_phase(site: Site, farm: Farm) -> None:
    rollout = site.started(site.devices(4), CANARY, REST)
    site.tick(6)
    assert site.row(rollout).state == "succeeded"
    assert [whole for _, whole in farm.asked].count(True) == 2
    assert farm.asked[0] == ("new", True)


def test_a_withdrawal_pauses_a_rollout_that_waits_at_its_gate(site: Site, farm: Farm) -> None:
    rollout = site.started(site.devices(3), {**CANARY, "size": 1, "gate": "manual"}, REST)
    site.tick(3)
    assert site.phases(rollout) == ["gate", "pending"]
    farm.withdrawn = True
    site.tick(1)
    row = site.row(rollout)
    assert (row.state, row.cause) == ("paused", "artifact_withdrawn")
    assert farm.flashed == ["unit-00"]


def test_an_emergency_stop_pauses(site: Site, farm: Farm) -> None:
    rollout = site.started(site.devices(3), {"name": "all", "concurrency": 1})
    site.tick(1)
    services.stop_set(tenant_id=site.tenant.id, path="/plant/", set_by="operator", reason="Smoke")
    site.tick(2)
    row = site.row(rollout)
    assert (row.state, row.cause) == ("paused", "emergency_stop")
    assert site.states(rollout).count("queued") == 2
    EmergencyStop.system.all().delete()
    site.call("rollout.resume", rollout=str(rollout))
    site.tick(6)
    assert site.row(rollout).state == "succeeded"


def test_a_starter_without_the_right_pauses(site: Site, farm: Farm) -> None:
    rollout = site.started(site.devices(2), {"name": "all"})
    Grant.system.filter(user_id=site.engineer.id).delete()
    site.tick(2)
    assert (site.row(rollout).state, site.row(rollout).cause) == ("paused", "rights")
    assert farm.flashed == []


def test_a_device_that_another_job_holds_is_come_back_to(site: Site, farm: Farm) -> None:
    device = site.devices(1)[0]
    rollout = site.started([device], {"name": "all"})
    holder = targets.Target.system.create(
        tenant_id=site.tenant.id, job_id=new_id(), device=device, operation="test.unit.other"
    )
    site.tick(2)
    member = Member.system.get(rollout_id=rollout)
    assert (member.state, str(holder.job_id) in member.detail) == ("queued", True)
    holder.delete()
    site.tick(1)
    assert farm.flashed == [], "not before its pause is over"
    site.time.advance(11)
    site.tick(3)
    assert farm.flashed == ["unit-00"]


def test_pause_finishes_what_was_begun_and_begins_nothing(site: Site, farm: Farm) -> None:
    rollout = site.started(site.devices(4), {"name": "all", "concurrency": 1})
    site.tick(1, work=False)
    site.call("rollout.pause", rollout=str(rollout))
    controller.tick()
    assert site.row(rollout).state == "pausing", "one is under way"
    site.work()
    site.tick(3)
    assert site.row(rollout).state == "paused"
    assert len(farm.flashed) == 1
    site.call("rollout.resume", rollout=str(rollout))
    site.tick(8)
    assert site.row(rollout).state == "succeeded"


def test_cancel_leaves_the_rest_and_waits_for_what_runs(site: Site, farm: Farm) -> None:
    rollout = site.started(site.devices(3), {"name": "all", "concurrency": 1})
    site.tick(1, work=False)
    site.call("rollout.cancel", rollout=str(rollout))
    controller.tick()
    assert site.row(rollout).state == "cancelling"
    site.tick(2)
    site.tick(1)
    assert site.row(rollout).state == "cancelled"
    assert site.states(rollout) == ["succeeded", "cancelled", "cancelled"]


def test_hard_cancel_stops_what_runs_at_its_safe_point(site: Site, farm: Farm) -> None:
    farm.ends = {"unit-00": "hang"}
    rollout = site.started(site.devices(2), {"name": "all", "concurrency": 1})
    site.tick(2)
    site.call("rollout.cancel", rollout=str(rollout), hard=True)
    site.tick(3)
    assert site.row(rollout).state == "cancelled"
    assert site.states(rollout) == ["cancelled", "cancelled"]
    assert farm.flashed == []


def test_its_time_is_waited_for(site: Site, farm: Farm) -> None:
    rollout = site.planned(site.devices(1), {"name": "all"})
    site.start(rollout, not_before=(clock.now() + timedelta(seconds=90)).isoformat())
    site.tick(2)
    assert (site.row(rollout).state, farm.flashed) == ("scheduled", [])
    site.time.advance(91)
    site.tick(4)
    assert (site.row(rollout).state, farm.flashed) == ("succeeded", ["unit-00"])


def test_an_unsure_device_counts_as_bad_until_it_is_known(site: Site, farm: Farm) -> None:
    farm.ends = {"unit-00": "hang"}
    rollout = site.started(site.devices(2), {"name": "all", "concurrency": 1})
    site.tick(1)
    Job.system.update(state="reconciling")
    site.tick(1, work=False)
    assert site.states(rollout)[0] == "unknown"
    assert (site.row(rollout).state, site.row(rollout).cause) == ("pausing", "threshold")
    farm.ends = {}
    site.tick(1)
    Job.system.update(state="succeeded")
    site.tick(1)
    assert site.states(rollout)[0] == "succeeded", "the late verdict is kept"
    assert site.row(rollout).state == "paused"
    site.call("rollout.resume", rollout=str(rollout))
    site.tick(5)
    assert site.row(rollout).state == "succeeded", "nothing went wrong, so nothing is accepted"


def test_every_move_leaves_one_row_and_one_event(site: Site, farm: Farm) -> None:
    rollout = site.started(site.devices(2), {"name": "all"})
    site.tick(4)
    moves = AuditLog.system.filter(entry="transition", object_kind="rollout", object_id=rollout)
    assert [row.verdict for row in moves.order_by("id")] == [
        "planned",
        "approved",
        "running",
        "running",
        "soaking",
        "passed",
        "succeeded",
    ]
    told = Outbox.objects.filter(type="fleet.rollout.changed").count()
    assert told == moves.count()
    assert Outbox.objects.filter(type="fleet.rollout.moved").count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_controllers_never_work_on_one_rollout(site: Site, farm: Farm) -> None:
    """The second finds the row locked, does nothing and does not wait."""
    rollout = site.started(site.devices(2), {"name": "all"})
    results: list[bool] = []

    def other() -> None:
        try:
            results.append(controller.carry_on(rollout))
        finally:
            connection.close()

    with transaction.atomic():
        Rollout.system.select_for_update().get(id=rollout)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(10)
        assert results == [False]
    assert Job.system.count() == 0
    assert controller.carry_on(rollout)
    assert Job.system.count() == 2


@pytest.mark.django_db(transaction=True)
def test_many_controllers_at_once_begin_with_each_device_once(site: Site, farm: Farm) -> None:
    rollout: UUID = site.started(site.devices(8), {"name": "all", "concurrency": 8})

    def tick() -> None:
        try:
            for _ in range(4):
                controller.tick()
        finally:
            connection.close()

    threads = [threading.Thread(target=tick) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Job.system.count() == 8
    assert len(set(Job.system.values_list("device_id", flat=True))) == 8
    assert set(site.states(rollout)) == {"running"}
