"""The past of controls: pages without gaps, the state at an instant, and only what is yours."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.qsys import selectors
from apps.qsys.models import Cause, Control, Core
from apps.qsys.selectors import Cursor, Which
from apps.qsys.telemetry import Batch, LastValue, Origin, Place
from apps.qsys.telemetry.store import moment, store
from tests.support import factories
from tests.unit.qsys.telemetry.made import change, now_us

BEGAN = now_us() - 3_600_000_000


@pytest.fixture
def device(db: None) -> Device:
    return factories.device(site_path="/plant/hall-a/")


@pytest.fixture
def viewer(device: Device) -> Actor:
    return factories.actor_of("viewer", device.tenant)


def control(device: Device, name: str = "gain", **fields: Any) -> Control:
    return Control.system.create(device=device, component="Lobby Gain", name=name, **fields)


def kept(device: Device, *rows: tuple[Control, int, float, float | None]) -> None:
    """Changes as (control, seconds after the beginning, value, previous value)."""
    place = Place(device.tenant_id, device.id, device.site_path)
    changes = [
        change(
            one.id,
            place=place,
            at_us=BEGAN + at * 1_000_000,
            number=value,
            string=f"{value:g}",
            previous=previous,
            previous_string=None if previous is None else f"{previous:g}",
            origin=Origin(Cause.FIRST.value if previous is None else Cause.DEVICE.value),
        )
        for one, at, value, previous in rows
    ]
    store(Batch(changes=changes), [])


def at(seconds: float) -> datetime:
    return moment(BEGAN + int(seconds * 1_000_000))


@given(st.integers(0, 32_000_000_000_000_000), st.integers(0, 2**31 - 1))
def test_a_cursor_is_read_as_it_was_written(when: int, number: int) -> None:
    cursor = Cursor(moment(when), number)
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_hold_every_change_once_in_order(device: Device, viewer: Actor, limit: int) -> None:
    one, other = control(device), control(device, "mute")
    kept(device, *[(each, n, float(n), 0.0) for n in range(5) for each in (one, other)])
    seen: list[tuple[datetime, int]] = []
    cursor: Cursor | None = None
    while True:
        page = selectors.changes(viewer, device, cursor=cursor, limit=limit)
        seen += [(row.at, row.control.id) for row in page.changes]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 10


def test_changes_that_come_meanwhile_do_not_disturb_the_pages(
    device: Device, viewer: Actor
) -> None:
    one = control(device)
    kept(device, *[(one, n, float(n), 0.0) for n in range(4)])
    first = selectors.changes(viewer, device, limit=2)
    kept(device, (one, 100, 100.0, 3.0))
    rest = selectors.changes(viewer, device, cursor=first.cursor, limit=10)
    values = [row.value for row in (*first.changes, *rest.changes)]
    assert values == [3.0, 2.0, 1.0, 0.0]


def test_a_value_has_its_controls_type(device: Device, viewer: Actor) -> None:
    kept(device, (control(device, "mute", type="Boolean"), 1, 1.0, 0.0))
    (row,) = selectors.changes(viewer, device).changes
    assert (row.value, row.previous) == (True, False)


def test_the_state_then_is_the_last_change_before(device: Device, viewer: Actor) -> None:
    one = control(device)
    kept(device, (one, 0, -20.0, None), (one, 10, -6.0, -20.0), (one, 20, -3.0, -6.0))
    for seconds, value, since in ((0, -20.0, 0), (9.9, -20.0, 0), (10, -6.0, 10), (99, -3.0, 20)):
        (then,) = selectors.state_at(viewer, device, at(seconds))
        assert (then.value, then.since) == (value, at(since))
    (before,) = selectors.state_at(viewer, device, at(-1))
    assert (before.known, before.value, before.string, before.since) == (False, None, "", at(0))


def test_what_was_dropped_is_told_by_what_came_next(device: Device, viewer: Actor) -> None:
    one = control(device)
    kept(device, (one, 10, -6.0, -20.0))
    (then,) = selectors.state_at(viewer, device, at(5))
    assert (then.value, then.string, then.since) == (-20.0, "-20", None)


def test_what_never_changed_is_as_it_is(device: Device, viewer: Actor) -> None:
    one = control(device)
    store(Batch(values=[LastValue(one.id, BEGAN, -20.0, "-20.0dB", 0.67)]), [])
    (then,) = selectors.state_at(viewer, device, at(5))
    assert (then.value, then.since) == (-20.0, at(0))
    assert selectors.state_at(viewer, device, at(-5)) == []


def test_the_state_of_one_component_and_not_of_meters(device: Device, viewer: Actor) -> None:
    gain, meter = control(device), control(device, "meter.1", telemetry=True)
    other = Control.system.create(device=device, component="Bar", name="gain")
    kept(device, *[(each, 0, 1.0, None) for each in (gain, meter, other)])
    names = [str(one.control) for one in selectors.state_at(viewer, device, at(5))]
    assert names == ["Bar / gain", "Lobby Gain / gain"]
    found = selectors.state_at(viewer, device, at(5), Which(components=("Bar",)))
    assert [str(one.control) for one in found] == ["Bar / gain"]


def test_the_past_of_another_tenants_or_places_device_is_not_there(device: Device) -> None:
    kept(device, (control(device), 0, 1.0, None))
    strangers = [
        factories.actor_of("admin"),
        factories.actor_of("operator", device.tenant, site_path="/plant/hall-b/"),
    ]
    for stranger in strangers:
        with pytest.raises(Failure):
            selectors.changes(stranger, device)
        with pytest.raises(Failure):
            selectors.state_at(stranger, device, at(5))
        assert list(selectors.controls(stranger, device, current=False)) == []
    neighbour = factories.actor_of("viewer", device.tenant, site_path="/plant/hall-a/")
    assert len(selectors.changes(neighbour, device).changes) == 1


def test_controls_come_with_last_value_and_age(device: Device, viewer: Actor) -> None:
    gain, mute = control(device), control(device, "mute", type="Boolean")
    store(
        Batch(
            values=[
                LastValue(gain.id, now_us() - 5_000_000, -6.0, "-6.0dB", 0.78),
                LastValue(mute.id, now_us(), 1.0, "muted", 1.0),
            ]
        ),
        [],
    )
    control(device, "never")
    found = {
        one.name: selectors.now_of(one) for one in selectors.controls(viewer, device, current=False)
    }
    assert (found["gain"].value, found["gain"].string) == (-6.0, "-6.0dB")
    age = found["gain"].age
    assert age is not None
    assert timedelta(seconds=5) <= timedelta(seconds=age) < timedelta(seconds=60)
    assert found["mute"].value is True
    assert (found["never"].value, found["never"].age) == (None, None)


def test_controls_of_the_running_design_are_listed_and_searched(
    device: Device, viewer: Actor
) -> None:
    Core.system.create(device=device, design_code="new")
    control(device, "gone", design_code="old")
    control(device, "gain", design_code="new")
    Control.system.create(device=device, component="Bar", name="mute", design_code="new")

    def names(**asked: Any) -> list[str]:
        return [one.name for one in selectors.controls(viewer, device, **asked)]

    assert names() == ["mute", "gain"]
    assert names(current=False) == ["mute", "gain", "gone"]
    assert names(contains="LOBBY") == ["gain"]
    assert names(component="Bar") == ["mute"]
    assert selectors.control_get(viewer, device, "Bar", "mute").name == "mute"
    with pytest.raises(Failure):
        selectors.control_get(viewer, device, None, "mute")
