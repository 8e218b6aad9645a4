"""Stored changes are listed page by page, and watches are set, through the one door."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.fleet.models import Device
from apps.kernel.errors import Code
from apps.operations.outcome import Outcome
from apps.qsys.models import Control, Watch
from apps.qsys.telemetry import Batch, Place
from apps.qsys.telemetry.store import store
from tests.support import factories
from tests.unit.qsys.operations.test_reading import refusal
from tests.unit.qsys.telemetry.made import change, now_us

Calling = Callable[..., Outcome]


@pytest.fixture
def gain(device: Device) -> Control:
    """A control with five stored changes, a second apart."""
    control = Control.system.create(device=device, component="Lobby Gain", name="gain")
    place, start = Place(device.tenant_id, device.id, device.site_path), now_us() - 60_000_000
    rows = [
        change(control.id, place=place, at_us=start + n * 1_000_000, number=float(n))
        for n in range(5)
    ]
    store(Batch(changes=rows), [])
    return control


def test_changes_are_listed_newest_first_and_go_on_at_the_cursor(
    call: Calling, gain: Control
) -> None:
    first = call("qsys.event.list", limit=3).output
    assert [one["value"] for one in first["events"]] == [4.0, 3.0, 2.0]
    rest = call("query_change_events", limit=3, cursor=first["cursor"]).output
    assert [one["value"] for one in rest["events"]] == [1.0, 0.0]
    assert rest["cursor"] is None
    assert rest["events"][0]["previous"] == -20.0
    assert (rest["events"][0]["component"], rest["events"][0]["control"]) == ("Lobby Gain", "gain")


def test_one_control_and_a_time_span_can_be_asked_for(call: Calling, gain: Control) -> None:
    every = call("qsys.event.list", component="Lobby Gain", control="gain").output["events"]
    span = {"since": every[3]["at"], "until": every[0]["at"]}
    found = call("qsys.event.list", **span).output["events"]
    assert [one["value"] for one in found] == [3.0, 2.0, 1.0]


def test_a_control_without_a_record_and_a_cursor_of_nobody_are_refused(
    call: Calling, gain: Control
) -> None:
    assert refusal(call, "qsys.event.list", control="Nobody").code is Code.NOT_FOUND
    for cursor in ("x", "1", "1-", "-1-2", "9" * 18 + "-1"):
        assert refusal(call, "qsys.event.list", cursor=cursor).code is Code.INVALID


def test_an_engineer_sets_a_watch_and_changes_it(call: Calling, device: Device) -> None:
    engineer = factories.actor_of("engineer", device.tenant)
    asked = {"name": "zones", "component": "Zone *", "controls": ["gain", "mute"], "rate_hz": 33}
    made = call("qsys.watch.set", by=engineer, **asked).output
    assert made["created"] is True
    again = call("qsys.watch.set", by=engineer, **asked, deadband=0.5).output
    assert (again["created"], again["watch"]) == (False, made["watch"])
    row = Watch.system.get(id=made["watch"])
    assert (row.device_id, row.component, row.controls) == (device.id, "Zone *", ["gain", "mute"])
    assert (row.rate_hz, row.deadband, row.enabled) == (33.0, 0.5, True)


def test_an_operator_may_not_set_a_watch(call: Calling, device: Device) -> None:
    assert refusal(call, "qsys.watch.set", name="zones").code is Code.FORBIDDEN
    assert not Watch.system.filter(name="zones").exists()


@pytest.mark.parametrize(
    "wrong", [{"rate_hz": 34}, {"rate_hz": 0}, {"deadband": -1}, {"controls": []}, {"name": ""}]
)
def test_a_watch_that_cannot_be_is_refused(call: Calling, device: Device, wrong) -> None:
    engineer = factories.actor_of("engineer", device.tenant)
    given = {"name": "zones", **wrong}
    assert refusal(call, "qsys.watch.set", by=engineer, **given).code is Code.INVALID
    assert not Watch.system.filter(device=device, name="zones").exists()


def test_a_watch_is_deleted_and_nothing_else(call: Calling, device: Device) -> None:
    engineer = factories.actor_of("engineer", device.tenant)
    for name in ("zones", "levels of the hall"):
        call("qsys.watch.set", by=engineer, name=name)
    names = set(Watch.system.filter(device=device).values_list("name", flat=True))
    planned = call("qsys.watch.delete", by=engineer, name="zones", _dry_run=True).plan
    assert planned is not None
    assert planned.changes[0].before["rate_hz"] == 10.0
    assert Watch.system.filter(device=device, name="zones").exists()
    done = call("qsys.watch.delete", by=engineer, name="zones").output
    assert done["left"] == len(names) - 1
    assert set(Watch.system.filter(device=device).values_list("name", flat=True)) == names - {
        "zones"
    }
    wrong = refusal(call, "qsys.watch.delete", by=engineer, name="level of the hall")
    assert wrong.code is Code.NOT_FOUND
    assert "levels of the hall" in wrong.detail


def test_an_operator_may_not_delete_a_watch(call: Calling, device: Device) -> None:
    engineer = factories.actor_of("engineer", device.tenant)
    call("qsys.watch.set", by=engineer, name="zones")
    assert refusal(call, "qsys.watch.delete", name="zones").code is Code.FORBIDDEN
    assert Watch.system.filter(device=device, name="zones").exists()


def test_without_the_last_watch_nothing_is_polled_and_the_plan_says_so(
    call: Calling, device: Device
) -> None:
    engineer = factories.actor_of("engineer", device.tenant)
    call("qsys.watch.set", by=engineer, name="zones")
    Watch.system.filter(device=device).exclude(name="zones").delete()
    planned = call("qsys.watch.delete", by=engineer, name="zones", _dry_run=True).plan
    assert planned is not None
    assert planned.risks[0].startswith("No other watch is in force")
