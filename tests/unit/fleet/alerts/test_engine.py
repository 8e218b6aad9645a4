"""What a look at a tenant makes of its devices."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as trial
from hypothesis import strategies as st

from apps.accounts.models import Tenant
from apps.events.models import Outbox
from apps.fleet.alerts import engine, rules
from apps.fleet.alerts.rules import Mute
from apps.fleet.models import (
    Alert,
    AlertRound,
    AlertSetting,
    Member,
    Phase,
    Rollout,
    Target,
)
from apps.kernel.ids import new_id
from tests.support import factories
from tests.unit.fleet.alerts.conftest import HOT, Yard

OFFLINE, SILENT = "fleet.device.offline", "fleet.place.silent"


def told(kind: str = "fleet.alert.changed") -> list[tuple[str, str]]:
    rows = Outbox.objects.filter(type=kind).order_by("id")
    return [(row.payload["label"], row.payload["state"]) for row in rows]


def test_it_is_pending_then_fires_then_is_resolved(yard: Yard) -> None:
    unit = yard.device("unit", celsius=90)
    yard.tick()
    (alert,) = yard.alerts()
    assert (alert.state, alert.value, alert.threshold, alert.note) == ("pending", 90, 80, "90 °C")
    assert told() == []
    yard.tick(60)
    (alert,) = yard.alerts()
    assert (alert.state, alert.severity, alert.device_id) == ("firing", "warning", unit.id)
    yard.state(unit, celsius=70)
    yard.tick(1)
    yard.tick(119)
    assert yard.alerts()[0].state == "firing"
    yard.tick(1)
    (alert,) = yard.alerts()
    assert (alert.state, alert.value) == ("resolved", 70)
    assert alert.resolved_at == yard.time.now()
    assert told() == [("unit", "firing"), ("unit", "resolved")]


def test_one_that_does_not_last_leaves_nothing(yard: Yard) -> None:
    unit = yard.device("unit", celsius=90)
    yard.tick()
    yard.state(unit, celsius=79)
    yard.tick(30)
    assert yard.alerts() == []
    assert told() == []


@pytest.mark.parametrize("liveness", ["stale", "lost", "rebooting"])
def test_what_is_not_fresh_neither_raises_nor_resolves(yard: Yard, liveness: str) -> None:
    (unit,) = yard.hot("unit")
    other = yard.device("other")
    yard.state(unit, celsius=20, liveness=liveness)
    yard.state(other, celsius=99, liveness=liveness)
    for _ in range(3):
        yard.tick(600)
    hot = yard.alerts(rule=HOT.name)
    assert [(one.label, one.state, one.value) for one in hot] == [("unit", "firing", 90)]


@trial(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from([60.0, 77.0, 90.0, None]), st.integers(1, 90))))
def test_there_is_never_more_than_one_open_alert(
    yard: Yard, values: list[tuple[float | None, int]]
) -> None:
    unit = yard.device(f"unit-{new_id()}")
    for celsius, seconds in values:
        yard.state(unit, celsius=celsius, liveness="ok" if celsius else "stale")
        yard.tick(seconds)
        rows = Alert.system.filter(device=unit, state__in=("pending", "firing"))
        assert rows.count() <= 1
    ended = Alert.system.filter(device=unit, state="resolved")
    assert all(one.fired_at and one.resolved_at for one in ended)
    unit.status = "decommissioned"
    unit.save()


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_raise_one_alert(yard: Yard) -> None:
    for number in range(20):
        yard.device(f"unit-{number}", celsius=90)
    barrier = Barrier(4)

    def tick(_: int) -> int:
        barrier.wait()
        try:
            return sum(engine.look(yard.tenant.id) for _ in range(5))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        looked = list(threads.map(tick, range(4)))
    assert sum(looked) >= 5
    assert len(yard.alerts()) == 20
    yard.time.advance(60)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tick, range(4)))
    assert {one.state for one in yard.alerts()} == {"firing"}
    assert sorted(told()) == sorted((f"unit-{n}", "firing") for n in range(20))


@pytest.mark.django_db(transaction=True)
def test_a_tenant_somebody_else_looks_at_is_left(yard: Yard) -> None:
    yard.device("unit", celsius=90)
    engine.tick()
    with transaction.atomic():
        AlertRound.objects.select_for_update().get(tenant_id=yard.tenant.id)

        def look() -> bool:
            try:
                return engine.look(yard.tenant.id)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as threads:
            assert threads.submit(look).result(20) is False


def test_the_nearest_place_sets_the_thresholds(yard: Yard) -> None:
    yard.device("cool", celsius=60)
    yard.device("other", celsius=60, site_path="/plant/rack-8/")
    yard.call("rule.set", rule=HOT.name, site="/plant/", raise_at=65.0, clear_at=60.0)
    yard.call(
        "rule.set",
        rule=HOT.name,
        site="/plant/rack-7/",
        raise_at=55.0,
        clear_at=50.0,
        raise_seconds=0,
        severity="critical",
    )
    yard.tick()
    (alert,) = yard.alerts()
    assert (alert.label, alert.state, alert.severity) == ("cool", "firing", "critical")
    yard.call("rule.set", rule=HOT.name, site="/plant/rack-7/", enabled=False)
    yard.tick(1)
    (alert,) = yard.alerts()
    assert (alert.state, alert.note) == ("resolved", "The rule was switched off here.")
    yard.call("rule.set", rule=HOT.name, site="/plant/rack-7/")
    assert [row.path for row in AlertSetting.system.all()] == ["/plant/"]


def test_a_device_that_leaves_takes_its_alerts_along(yard: Yard) -> None:
    unit, _ = yard.hot("unit", "unit-2")
    unit.status = "decommissioned"
    unit.save()
    yard.tick(1)
    assert [one.state for one in yard.alerts()] == ["resolved", "firing"]


def test_a_lost_device_mutes_what_else_is_wrong_with_it(yard: Yard) -> None:
    (unit,) = yard.hot("unit")
    yard.state(unit, celsius=90, liveness="lost")
    yard.tick()
    yard.tick(30)
    found = {one.rule: one for one in yard.alerts()}
    assert found[OFFLINE].state == "firing"
    assert found[OFFLINE].muted == ""
    assert "Follows from another alert" in found[HOT.name].muted


def test_a_silent_place_mutes_its_devices_and_the_places_in_it(yard: Yard) -> None:
    devices = [yard.device(f"unit-{n}") for n in range(4)]
    for one in devices:
        yard.state(one, liveness="lost")
    yard.tick()
    yard.tick(30)
    plant = yard.alerts(rule=SILENT, site_path="/plant/")
    assert [(one.state, one.muted, one.note) for one in plant] == [
        ("firing", "", "4 of 4 devices at /plant/ do not answer.")
    ]
    others = [one for one in yard.alerts() if one.id != plant[0].id]
    assert len(others) == 5
    assert all("do not answer" in one.muted for one in others)
    yard.state(devices[0])
    for one in devices[1:]:
        yard.state(one, liveness="ok")
    yard.tick()
    yard.tick(30)
    assert {one.state for one in yard.alerts()} == {"resolved"}


def job_on(yard: Yard, device: Any) -> Target:
    return Target.system.create(
        tenant_id=yard.tenant.id,
        job_id=new_id(),
        device=device,
        operation="test.unit.flash",
        state="rebooting",
    )


def rollout_on(yard: Yard, device: Any) -> Member:
    rollout = Rollout.system.create(
        tenant_id=yard.tenant.id, name="Spring", operation="x", sealed_input=b"", state="running"
    )
    phase = Phase.objects.create(rollout=rollout, number=0, name="all", rules={})
    return Member.system.create(
        rollout=rollout, phase=phase, device=device, place=0, state="running", job_id=new_id()
    )


@pytest.mark.parametrize("work", [job_on, rollout_on])
def test_work_on_a_device_mutes_it_and_its_time_begins_afterwards(yard: Yard, work: Any) -> None:
    firing = yard.hot("old")[0]
    unit = yard.device("unit", celsius=90)
    rows = [work(yard, unit), work(yard, firing)]
    yard.tick()
    yard.tick(3_600)
    found = {one.label: one for one in yard.alerts()}
    assert found["unit"].state == "pending"
    assert "works on it" in found["old"].muted
    for row in rows:
        row.state = "succeeded"
        row.save()
    yard.tick(1)
    found = {one.label: one for one in yard.alerts()}
    assert (found["unit"].state, found["old"].muted) == ("pending", "")
    yard.tick(60)
    assert {one.state for one in yard.alerts()} == {"firing"}


def test_a_domain_can_explain_some_rules(yard: Yard) -> None:
    unit, other = yard.hot("unit", "unit-2")
    curtailed = {unit.id: "Curtailed by event 7."}
    for covered, muted in ((frozenset({HOT.name}), True), (frozenset({OFFLINE}), False)):
        rules.install(rules.installed(), [Mute("curtailment", lambda _: curtailed, covered)])
        yard.tick(1)
        found = {one.device_id: one.muted for one in yard.alerts()}
        assert found == {unit.id: curtailed[unit.id] if muted else "", other.id: ""}


def test_another_tenant_is_looked_at_alone(yard: Yard) -> None:
    yard.hot("unit")
    other: Tenant = factories.tenant()
    stranger = factories.device(other, name="unit", site_path="/plant/rack-7/")
    yard.state(stranger, celsius=90)
    yard.tick()
    assert [one.tenant_id for one in Alert.system.filter(state="pending")] == [other.id]
    assert len(yard.alerts()) == 1


def test_rules_are_refused_when_they_cannot_work() -> None:
    with pytest.raises(ValueError, match="twice"):
        rules.install([HOT, HOT])
    assert HOT.name in {one.name for one in rules.installed()}
