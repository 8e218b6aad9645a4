"""Two instants compared, states of meters, and looks into the past that read no table whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.qsys import selectors
from apps.qsys.models import Cause, Control
from apps.qsys.selectors import Which
from apps.qsys.telemetry import Batch, LastValue, Origin, Place, Samples
from apps.qsys.telemetry.store import moment, store
from tests.support import factories
from tests.unit.qsys.telemetry.made import change, now_us

BEGAN = (now_us() - 3_600_000_000) // 1_000_000 * 1_000_000


@pytest.fixture
def device(db: None) -> Device:
    return factories.device(site_path="/plant/hall-a/")


@pytest.fixture
def viewer(device: Device) -> Actor:
    return factories.actor_of("viewer", device.tenant)


def control(device: Device, name: str = "gain", component: str = "Bar", **fields: Any) -> Control:
    return Control.system.create(device=device, component=component, name=name, **fields)


def at(seconds: float) -> datetime:
    return moment(BEGAN + int(seconds * 1_000_000))


def moved(one: Control, *values: float, actor: str = "", last: bool = True) -> None:
    """Let a control take one value each ten seconds, as the poller stores it."""
    device = one.device
    place = Place(device.tenant_id, device.id, device.site_path)
    times = [BEGAN + 10_000_000 * n for n in range(len(values))]
    rows = [
        change(
            one.id,
            place=place,
            at_us=when,
            number=value,
            string=f"{value:g}",
            previous=values[n - 1] if n else None,
            previous_string=f"{values[n - 1]:g}" if n else None,
            origin=Origin(Cause.OPERATION if n and actor else Cause.FIRST, actor if n else ""),
        )
        for n, (when, value) in enumerate(zip(times, values, strict=True))
        if not n or value != values[n - 1]
    ]
    newest = rows[-1]
    held = LastValue(one.id, newest.at_us, newest.number, newest.string, None)
    store(Batch(changes=rows, values=[held] if last else []), [])


def test_what_changed_between_two_instants_says_what_from_what_and_who(
    device: Device, viewer: Actor
) -> None:
    moved(control(device), -20.0, -6.0, -3.0, actor="olga")
    moved(control(device, "mute", type="Boolean"), 0.0, 0.0, 0.0)
    (one,) = selectors.differences(viewer, device, at(5), at(15))
    assert one.before is not None
    assert (one.before.value, one.after.value, one.at) == (-20.0, -6.0, at(10))
    assert (str(one.after.control), one.cause, one.actor) == ("Bar / gain", "operation", "olga")
    (now,) = selectors.differences(viewer, device, at(5), at(3_600))
    assert now.after.value == -3.0


def test_what_came_back_to_where_it_was_is_no_difference(device: Device, viewer: Actor) -> None:
    moved(control(device), -20.0, -6.0, -20.0)
    assert selectors.differences(viewer, device, at(5), at(25)) == []


def test_what_was_not_known_before_is_told_so(device: Device, viewer: Actor) -> None:
    moved(control(device), -20.0, -6.0)
    (one,) = selectors.differences(viewer, device, at(-5), at(5))
    assert (one.before, one.after.value) == (None, -20.0)


def test_instants_the_wrong_way_round_are_refused(device: Device, viewer: Actor) -> None:
    with pytest.raises(Failure) as caught:
        selectors.differences(viewer, device, at(5), at(5))
    assert caught.value.code is Code.INVALID


def test_a_meter_was_what_its_last_second_was(device: Device, viewer: Actor) -> None:
    meter = control(device, "meter.1", telemetry=True)
    for second, value in ((0, -40.0), (10, -12.0)):
        samples = Samples(device.id, BEGAN // 1_000_000 + second)
        samples.add(meter.id, 100, value)
        store(Batch(samples=[samples]), [])
    (then,) = selectors.state_at(viewer, device, at(9))
    assert (then.value, then.since) == (-40.0, at(0))
    assert selectors.differences(viewer, device, at(9), at(11)) == []


def test_states_go_on_behind_the_last_control(device: Device, viewer: Actor) -> None:
    for name in ("b", "a", "c"):
        moved(control(device, name), 1.0)
    first = selectors.state_at(viewer, device, at(5), limit=2)
    rest = selectors.state_at(viewer, device, at(5), after=first[-1].control.id)
    assert [one.control.name for one in (*first, *rest)] == ["a", "b", "c"]


def test_states_of_patterns_of_names(device: Device, viewer: Actor) -> None:
    for component, name in (("Bar", "gain"), ("Bar", "mute"), ("Bath", "gain"), ("Hall", "gain")):
        moved(control(device, name, component), 1.0)
    which = Which(components=("Ba*",), controls=("g*",))
    names = [str(one.control) for one in selectors.state_at(viewer, device, at(5), which)]
    assert names == ["Bar / gain", "Bath / gain"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from([-20.0, -6.0, 0.0]), min_size=1, max_size=6),
    st.integers(-1, 65),
    st.booleans(),
)
def test_the_state_then_is_what_a_replay_of_all_changes_gives(
    device: Device, viewer: Actor, values: list[float], seconds: int, last: bool
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM qsys_change")
    Control.system.all().delete()
    moved(control(device), *values, last=last)
    (then,) = selectors.state_at(viewer, device, at(seconds))
    replayed = values[min(seconds // 10, len(values) - 1)] if seconds >= 0 else None
    assert (then.value, then.known) == (replayed, seconds >= 0)


def test_the_past_is_found_by_the_indexes_of_its_days(device: Device, viewer: Actor) -> None:
    controls = [control(device, f"gain.{n}") for n in range(40)]
    place = Place(device.tenant_id, device.id, device.site_path)
    rows = [
        change(controls[n % 40].id, place=place, at_us=BEGAN + n * 1_000) for n in range(20_000)
    ]
    store(Batch(changes=rows), [])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE qsys_change")
    with CaptureQueriesContext(
        connection,
    ) as made:
        selectors.state_at(viewer, device, at(10))
    query = next(one["sql"] for one in made.captured_queries if "LATERAL" in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {query}")
        steps = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan on qsys_change" not in steps
    assert "_control_id_at_idx" in steps
    # Forty controls, each with its last change: far fewer pages than twenty thousand rows have.
    assert "never executed" in steps
