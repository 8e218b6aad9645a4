"""Minutes, hours and sums by place: the right numbers, each made once, whatever is repeated."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Tenant
from apps.fleet.models import Device, DeviceKind
from apps.kernel import clock as clocks
from apps.kernel.clock import ManualClock
from apps.miners import charting
from apps.miners.charting import of_miner, of_place
from apps.miners.models import (
    MinerHour,
    MinerMinute,
    MinerSample,
    PlaceHour,
    PlaceMinute,
    RollupMark,
)
from apps.miners.rollups import HOUR, MINUTE, floor, rollups_make
from apps.miners.tasks import rollups
from tests.support import factories

START = datetime(2000, 1, 2, tzinfo=UTC)
RACK = "/plant/hall-a/rack-1/"


@pytest.fixture
def tenant(db: None) -> Tenant:
    return factories.tenant()


def miner(tenant: Tenant, path: str = RACK) -> Device:
    return factories.device(tenant, kind=DeviceKind.MINER, site_path=path)


def sample(device: Device, at: datetime, terahash: float, watts: int = 3000, chip: float = 60.0):
    return MinerSample(
        device_id=device.id,
        at=at,
        terahash=terahash,
        watts=watts,
        chip_c=chip,
        accepted=1,
        rejected=0,
    )


def fill(device: Device, minutes: int, terahash: float = 100.0) -> datetime:
    """Four samples a minute up to now; returns the first instant."""
    end = floor(clocks.now(), MINUTE)
    start = end - minutes * MINUTE
    MinerSample.objects.bulk_create(
        sample(device, start + timedelta(seconds=15 * number), terahash + number % 4)
        for number in range(4 * minutes)
    )
    return start


def test_samples_become_minutes_and_sums_by_place(tenant: Tenant) -> None:
    one, other = miner(tenant), miner(tenant)
    fill(one, 3)
    fill(other, 3, terahash=50.0)
    assert rollups_make() > 0
    rows = list(MinerMinute.objects.filter(device_id=one.id).order_by("at"))
    assert [(row.samples, row.terahash) for row in rows] == [(4, 101.5)] * 3
    assert (rows[0].terahash_least, rows[0].terahash_most) == (100.0, 103.0)
    places = list(PlaceMinute.system.filter(tenant_id=tenant.id).order_by("at"))
    assert [(row.site_path, row.miners, row.terahash) for row in places] == [(RACK, 2, 153.0)] * 3
    assert (places[0].watts, places[0].chip_c) == (6000.0, 60.0)


def test_what_comes_late_is_made_again_and_repeating_changes_nothing(tenant: Tenant) -> None:
    device = miner(tenant)
    start = fill(device, 2)
    rollups()
    before = list(MinerMinute.objects.order_by("at").values())
    rollups()
    assert list(MinerMinute.objects.order_by("at").values()) == before
    late = start + MINUTE + timedelta(seconds=5)
    MinerSample.objects.bulk_create([sample(device, late, 500.0)])
    rollups()
    assert MinerMinute.objects.order_by("at").last().samples == 5  # type: ignore[union-attr]


def test_hours_are_made_once_they_are_over(tenant: Tenant, clock: ManualClock) -> None:
    device = miner(tenant)
    clock.advance((HOUR - (clocks.now() - floor(clocks.now(), HOUR))).total_seconds())
    fill(device, 60)
    rollups_make()
    hours = MinerHour.objects.filter(device_id=device.id)
    assert not hours.exists()
    clock.advance(121)
    rollups_make()
    row = hours.get()
    assert (row.samples, row.terahash) == (240, 101.5)
    place = PlaceHour.system.get(tenant_id=tenant.id)
    assert (place.miners, place.terahash) == (1, 101.5)
    assert rollups_make() == 0
    marks = dict(RollupMark.objects.values_list("step", "until"))
    assert marks["hour"] == floor(clocks.now(), HOUR)
    assert marks["minute"] == floor(clocks.now(), MINUTE)


@pytest.mark.parametrize(
    ("span", "source"),
    [
        (timedelta(hours=1), "each sample"),
        (timedelta(hours=12), "minutes"),
        (timedelta(days=7), "hours"),
    ],
)
def test_each_range_is_read_in_its_step(tenant: Tenant, span: timedelta, source: str) -> None:
    device = miner(tenant)
    fill(device, 30)
    rollups_make()
    end = clocks.now()
    found = of_miner(device, end - span, end)
    assert found.source == source
    assert len(found.points) <= charting.POINTS + 1
    rates = [point.terahash for point in found.points]
    assert sum(rates) / len(rates) == pytest.approx(101.5, abs=0.5)
    assert {point.chip_c for point in found.points} == {60.0}
    assert found.points[0].joule_per_terahash == pytest.approx(3000 / found.points[0].terahash)


def test_a_place_is_summed_as_far_as_somebody_may_see(tenant: Tenant) -> None:
    fill(miner(tenant), 5)
    fill(miner(tenant, "/plant/hall-b/rack-9/"), 5)
    rollups_make()
    now = clocks.now()
    span = (now - timedelta(hours=1), now)
    everyone = factories.actor_of("operator", tenant)
    half = factories.actor_of("operator", tenant, site_path="/plant/hall-a/")
    stranger = factories.actor_of("operator")
    assert of_place(everyone, "/plant/", *span).points[0].terahash == pytest.approx(203.0)
    assert of_place(everyone, "/", *span).points[0].miners == 2
    assert of_place(everyone, RACK, *span).points[0].terahash == pytest.approx(101.5)
    assert of_place(half, "/", *span).points[0].terahash == pytest.approx(101.5)
    assert of_place(stranger, "/", *span).points == []
    week = of_place(everyone, "/", now - timedelta(days=7), now)
    assert (week.source, week.points[-1].miners) == ("hours", 2)


@given(
    st.integers(0, 3_000_000_000).map(lambda seconds: START + timedelta(seconds=seconds)),
    st.sampled_from((MINUTE, HOUR)),
)
def test_a_moment_lies_in_its_step(moment: datetime, step: timedelta) -> None:
    start = floor(moment, step)
    assert start <= moment < start + step
    assert floor(start, step) == start
