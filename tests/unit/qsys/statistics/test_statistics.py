"""Figures of Cores are counted once whoever counts, and told from the counts alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.fleet.models import Device, DeviceState
from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.operations.outcome import Outcome
from apps.qsys.inventory.following import inventory_follow
from apps.qsys.models import Control, ControlTally, CoreTally, TallyMark
from apps.qsys.statistics.counting import STEP, bin_of, tallies_count
from apps.qsys.tasks import tally
from apps.qsys.telemetry import Batch, Buffer, Limits, Place
from apps.qsys.telemetry.store import store
from tests.support import factories
from tests.unit.qsys.inventory.conftest import core
from tests.unit.qsys.telemetry.made import change, now_us, samples

Asking = Callable[..., Outcome]


def changed(one: Control, count: int, *, ago: float = 0, cause: str = "device") -> None:
    """Let a control have changed `count` times, `ago` seconds ago."""
    owner = one.device
    place = Place(owner.tenant_id, owner.id, owner.site_path)
    first = now_us() - int(ago * 1_000_000) - count
    rows = [change(one.id, place=place, at_us=first + n) for n in range(count)]
    for row in rows:
        row.origin = type(row.origin)(cause)
    store(Batch(changes=rows), [])


def gain(owner: Device, component: str = "Bar") -> Control:
    return Control.system.create(device=owner, component=component, name="gain")


def counters(owner: Device, **values: int) -> None:
    DeviceState.objects.filter(device=owner).update(summary=values)


def test_changes_and_samples_are_counted_once_however_often(device: Device) -> None:
    one, other = gain(device), gain(device, "Hall")
    changed(one, 30)
    changed(other, 5)
    changed(other, 7, cause="first")
    store(Batch(samples=[samples(40, device_id=device.id, second=now_us() // 1_000_000)]), [])
    tally()
    assert tallies_count() == 0
    assert dict(ControlTally.objects.values_list("control_id", "changes")) == {
        one.id: 30, other.id: 5,
    }  # fmt: skip
    assert sum(CoreTally.objects.values_list("changes", flat=True)) == 35
    assert sum(CoreTally.objects.values_list("samples", flat=True)) == 40
    changed(one, 3)
    tallies_count()
    assert ControlTally.objects.filter(control_id=one.id).get().changes == 33


def test_what_came_late_is_counted_after_all(device: Device) -> None:
    one = gain(device)
    tallies_count()
    changed(one, 4, ago=STEP.total_seconds())
    tallies_count()
    assert [row.changes for row in ControlTally.objects.all()] == [4]


def test_counters_of_a_poller_that_began_anew_go_on(device: Device) -> None:
    counters(device, dropped=10, thinned=4, missed=2)
    tallies_count()
    counters(device, dropped=15, thinned=9, missed=2)
    tallies_count()
    counters(device, dropped=3, thinned=0, missed=1)
    tallies_count()
    sums = {
        name: sum(CoreTally.objects.values_list(name, flat=True))
        for name in ("dropped", "thinned", "missed")
    }
    assert sums == {"dropped": 6 + 3, "thinned": 9, "missed": 3}
    assert TallyMark.objects.get().missed == 1


def test_the_buffer_tells_thinned_samples_from_lost_ones() -> None:
    buffer = Buffer(Limits(samples=10))
    one = samples(8)
    buffer.put_samples(one)
    buffer.put_samples(samples(8, second=one.second + 1, device_id=one.device_id))
    assert buffer.thinned_of == {one.device_id: 8}
    assert buffer.dropped_of == {one.device_id: 8}


def test_figures_are_told_by_core_with_rates_talkers_and_presence(
    ask: Asking,
    device: Device,
) -> None:
    quiet = factories.device(device.tenant, site_path="/plant/hall-b/", name="Hall B")
    core(quiet)
    one, other = gain(device), gain(quiet)
    changed(one, 60)
    changed(other, 6)
    counters(device, dropped=3, thinned=1, missed=7)
    inventory_follow()
    state = DeviceState.objects.filter(device=device)
    state.update(liveness="lost", lost_at=clock.now())
    inventory_follow()
    tallies_count()
    since = clock.now() - timedelta(hours=1)
    found = ask("qsys.core.statistics", since=since.isoformat()).output
    first, second = found["cores"]
    assert [first["device_name"], second["device_name"]] == ["Hall A", "Hall B"]
    assert (first["figures"]["changes"], first["flaps"], second["flaps"]) == (60, 1, 0)
    assert (first["figures"]["dropped"], first["figures"]["thinned"]) == (2, 1)
    assert first["figures"]["missed"] == 7
    assert found["total"]["changes"] == 66
    # A range begins at a step of the counts, so it is up to five minutes longer than an hour; and
    # rates are rounded to thousandths.
    longest = 3_600 + STEP.total_seconds()
    rate = first["figures"]["changes_per_second"]
    assert round(60 / longest, 3) <= rate <= round(60 / 3_600, 3)
    assert [(row["device_name"], row["changes"]) for row in found["talkers"]] == [
        ("Hall A", 60),
        ("Hall B", 6),
    ]
    assert (found["talkers"][0]["component"], found["talkers"][0]["control"]) == ("Bar", "gain")
    only = ask("qsys.core.statistics", site="/plant/hall-b/", talkers=0).output
    assert [row["device_name"] for row in only["cores"]] == ["Hall B"]
    assert only["talkers"] == []
    assert ask("get_event_statistics", limit=1).output["more"]


def test_uptime_is_the_share_of_what_is_known(ask: Asking, device: Device) -> None:
    spells: Any = device.inventory.model.system.create(device=device, kind="core").spells
    now = clock.now()
    hour = timedelta(hours=1)
    spells.create(code=0, began=now - 5 * hour, ended=now - 2 * hour)
    spells.create(code=4, began=now - 2 * hour, ended=now - hour)
    spells.create(code=0, began=now - hour)
    (row,) = ask("qsys.core.statistics", device="Hall A").output["cores"]
    assert abs(row["known_seconds"] - 5 * 3_600) < 60
    assert abs(row["uptime_percent"] - 80) < 1
    assert row["flaps"] == 1


def test_no_stored_change_or_sample_is_read_for_an_answer(
    ask: Asking,
    device: Device,
) -> None:
    changed(gain(device), 10)
    tallies_count()
    with CaptureQueriesContext(connection) as queries:
        assert ask("qsys.core.statistics").output["total"]["changes"] == 10
    text = " ".join(one["sql"] for one in queries)
    assert "qsys_core_tally" in text
    assert not any(name in text for name in ("qsys_event", "qsys_frame", "qsys_second"))


def test_ranges_that_make_no_sense_are_refused(ask: Asking, device: Device) -> None:
    now = clock.now()
    for since in (now + timedelta(days=1), now - timedelta(days=500)):
        with pytest.raises(Failure) as refused:
            ask("qsys.core.statistics", since=since.isoformat())
        assert refused.value.code is Code.INVALID
    assert bin_of(now) <= now < bin_of(now) + STEP


def test_strangers_are_told_nothing(ask: Asking, device: Device) -> None:
    changed(gain(device), 10)
    tallies_count()
    stranger = factories.actor_of("admin")
    found = ask("qsys.core.statistics", who=stranger).output
    assert (found["cores"], found["talkers"], found["total"]["changes"]) == ([], [], 0)
    with pytest.raises(Failure) as refused:
        ask("qsys.core.statistics", who=stranger, device=str(device.id))
    assert refused.value.code is Code.NOT_FOUND
