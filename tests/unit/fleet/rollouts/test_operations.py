"""Planning, confirming, approving and taking back a rollout, as a person or an assistant does."""

from typing import Any
from uuid import UUID

import pytest

from apps.accounts.models import Tenant
from apps.fleet.models.rollout import Rollout
from apps.jobs.models import Job
from apps.kernel.errors import Code, Failure
from apps.operations.outcome import Status
from tests.support import factories
from tests.unit.fleet.rollouts.conftest import Farm, Site

ALL = {"name": "all"}


def refusal(site: Site, operation: str, /, *args: Any, **data: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        site.call(operation, *args, **data)
    return caught.value


def test_planning_freezes_the_devices_and_begins_nothing(site: Site, farm: Farm) -> None:
    site.devices(3, tags=["north"])
    output = site.call(
        "rollout.create", name="North", operation="test.unit.flash", tag="north", phases=[ALL]
    ).output
    assert output is not None
    factories.device(site.tenant, name="late", tags=["north"])
    assert (output["state"], output["total"]) == ("planned", 3)
    assert [one["name"] for one in output["members"]] == ["unit-00", "unit-01", "unit-02"]
    site.tick(2)
    assert Job.system.count() == 0
    assert len(site.states(UUID(output["rollout"]))) == 3


def test_without_phases_there_is_a_canary_and_a_gate(site: Site) -> None:
    output = site.call(
        "rollout.create",
        name="Usual",
        operation="test.unit.flash",
        devices=[str(one.id) for one in site.devices(4)],
    ).output
    assert output is not None
    canary, rest = output["phases"]
    assert (canary["total"], canary["rules"]["gate"], rest["total"]) == (1, "manual", 3)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"operation": "fleet.device.tag"}, "cannot be rolled out"),
        ({"operation": "test.unit.flush"}, "test.unit.flush"),
        ({"input": {"device": "x"}}, "the rollout fills it in"),
        ({"input": {"nonsense": 1}}, "nonsense"),
        ({"devices": ["nobody"]}, "nobody"),
        ({"phases": [{"name": "a", "size": 1}]}, "leaves 1 of 2 devices out"),
        ({"phases": [{"name": "a", "abort": [{"percent": 250}]}]}, "percent"),
        ({"site": "/plant/"}, "give devices, or a choice"),
    ],
)
def test_a_wrong_plan_is_refused_and_nothing_is_stored(
    site: Site, farm: Farm, wrong: dict[str, Any], words: str
) -> None:
    right = {
        "name": "Wrong",
        "operation": "test.unit.flash",
        "devices": [str(one.id) for one in site.devices(2)],
    }
    failure = refusal(site, "rollout.create", **{**right, **wrong})
    assert words in failure.detail
    assert Rollout.system.count() == 0


def test_start_shows_the_plan_of_every_device_first(site: Site, farm: Farm) -> None:
    farm.unfit = {"unit-01"}
    rollout = site.planned(site.devices(3), ALL)
    asked = site.call("rollout.start", rollout=str(rollout))
    assert asked.status is Status.NEEDS_CONFIRMATION
    assert asked.plan is not None
    assert len(asked.plan.targets) == 3
    assert [no.reason for no in asked.plan.refusals] == ["Unfit."]
    assert asked.plan.risks == ("Phase 1 (all): 3 devices, 10 at once.", "It restarts.")
    site.tick(1)
    assert farm.flashed == []
    site.call("rollout.start", rollout=str(rollout), confirmation=asked.confirmation)
    site.tick(4)
    assert site.states(rollout) == ["succeeded", "not_applicable", "succeeded"]
    assert site.row(rollout).state == "succeeded"


def test_a_large_rollout_waits_for_a_second_person(site: Site, farm: Farm, tenant: Tenant) -> None:
    tenant.batch_threshold = 2
    tenant.save()
    rollout = site.planned(site.devices(3), ALL)
    asked = site.call("rollout.start", rollout=str(rollout))
    waiting = site.call("rollout.start", rollout=str(rollout), confirmation=asked.confirmation)
    assert waiting.status is Status.NEEDS_APPROVAL
    shown = site.call("rollout.get", rollout=str(rollout)).output
    assert shown is not None
    assert shown["state"] == "awaiting_approval"
    site.tick(2)
    assert farm.flashed == []


def test_who_may_not_do_it_to_one_device_may_not_roll_it_out(site: Site, farm: Farm) -> None:
    rollout = site.planned(site.devices(2), ALL)
    operator = factories.actor_of("operator", site.tenant)
    assert refusal(site, "rollout.start", operator, rollout=str(rollout)).code is Code.FORBIDDEN
    assert site.row(rollout).state == "planned"


def test_another_tenant_does_not_see_it(site: Site, farm: Farm) -> None:
    rollout = site.planned(site.devices(1), ALL)
    stranger = factories.actor_of("engineer")
    for verb in ("get", "start", "pause", "resume", "advance", "cancel", "rollback"):
        assert (
            refusal(site, f"rollout.{verb}", stranger, rollout=str(rollout)).code is Code.NOT_FOUND
        )
    assert site.row(rollout).state == "planned"


def test_started_twice_it_runs_once(site: Site, farm: Farm) -> None:
    rollout = site.started(site.devices(1), ALL)
    plan = site.call("rollout.start", rollout=str(rollout), dry_run=True)
    assert plan.status is Status.PLANNED
    asked = site.call("rollout.start", rollout=str(rollout))
    failure = refusal(site, "rollout.start", rollout=str(rollout), confirmation=asked.confirmation)
    assert "is running" in failure.detail
    site.tick(3)
    assert farm.flashed == ["unit-00"]


def test_taking_back_brings_each_device_what_it_had(site: Site, farm: Farm) -> None:
    farm.images = {"unit-00": "alpha", "unit-01": "beta"}
    farm.ends = {"unit-02": "failed"}
    rules = {"name": "all", "success_percent": 50, "abort": []}
    rollout = site.started(site.devices(3), rules)
    site.tick(5)
    assert site.row(rollout).state == "completed_with_failures"
    back = site.call("rollout.rollback", rollout=str(rollout)).output
    assert back is not None
    assert (back["state"], back["total"], back["takes_back"]) == ("planned", 2, str(rollout))
    assert farm.image("unit-00") == "new"
    site.start(UUID(back["rollout"]))
    assert site.row(rollout).state == "rolling_back"
    site.tick(3)
    gate = site.row(UUID(back["rollout"])).phases.first()
    assert gate is not None
    site.time.advance(301)
    site.tick(2)
    site.call("rollout.advance", rollout=back["rollout"])
    site.tick(6)
    assert (farm.image("unit-00"), farm.image("unit-01")) == ("alpha", "beta")
    assert site.row(rollout).state == "rolled_back"


def test_what_runs_cannot_be_taken_back(site: Site, farm: Farm) -> None:
    rollout = site.started(site.devices(1), ALL)
    assert "cancel it first" in refusal(site, "rollout.rollback", rollout=str(rollout)).detail


def test_a_cancelled_plan_is_over(site: Site, farm: Farm) -> None:
    rollout = site.planned(site.devices(1), ALL)
    site.call("rollout.cancel", rollout=str(rollout))
    assert (site.row(rollout).state, site.states(rollout)) == ("cancelled", ["cancelled"])
    assert "nothing is left" in refusal(site, "rollout.cancel", rollout=str(rollout)).detail
