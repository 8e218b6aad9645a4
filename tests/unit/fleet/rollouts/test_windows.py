"""Windows and freezes: devices are begun with only inside, and a rollout goes on by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.fleet.models import MaintenanceWindow
from apps.fleet.rollouts.calendar import Calendar, Span
from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.kernel.windows import DAYS, Hours, parse
from tests.support import factories
from tests.unit.fleet.rollouts.conftest import Farm, Site

HALL = "/plant/"
ALL = {"name": "all", "concurrency": 1}
MINUTE = timedelta(minutes=1)
NEVER = datetime(2020, 1, 1, tzinfo=UTC)


def window(path: str = HALL, *hours: str, freeze: bool = False, **fields: Any) -> Span:
    zone = fields.pop("zone", "UTC")
    found = Hours(tuple(map(parse, hours)), zone, outside=not freeze)
    return Span(path, "w", freeze, found, **fields)


# -- the arithmetic


def test_the_deepest_place_that_has_windows_decides() -> None:
    calendar = Calendar(
        (window("/", "daily 00:00-12:00"), window("/plant/a/", "daily 12:00-24:00"))
    )
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert calendar.closed("/plant/a/r1/", noon) == ""
    assert calendar.closed("/plant/b/", noon) == (
        "Outside of the windows of the whole tenant; the next one opens at 2026-06-02 00:00 UTC."
    )
    assert calendar.closed("/plant/a/", noon - MINUTE).startswith("Outside")
    assert Calendar().closed("/plant/", noon) == ""


def test_a_freeze_of_a_place_around_overrides_every_window() -> None:
    until = datetime(2026, 6, 3, tzinfo=UTC)
    freeze = window("/", freeze=True, ends_at=until, reason="Audit.")
    calendar = Calendar((window("/plant/a/", "daily 00:00-24:00"), freeze))
    assert calendar.closed("/plant/a/", until - MINUTE) == (
        "Freeze w of the whole tenant until 2026-06-03 00:00 UTC: Audit."
    )
    assert calendar.closed("/plant/a/", until) == ""


def test_a_window_that_is_over_opens_nothing() -> None:
    calendar = Calendar((window(HALL, ends_at=NEVER),))
    words = calendar.closed(HALL, clock.now())
    assert words == "Outside of the windows of /plant/; none is to come."


ZONES = st.sampled_from(["Europe/Prague", "America/New_York", "Australia/Lord_Howe", "UTC"])
TIMES = st.integers(0, 24 * 60 - 1)
#: Through both changes of the clocks of these zones.
MOMENTS = st.integers(0, 260 * 24 * 60).map(lambda n: datetime(2026, 3, 1, tzinfo=UTC) + n * MINUTE)


def text(day: str, start: int, end: int) -> str:
    return f"{day} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(DAYS), TIMES, TIMES, ZONES, MOMENTS)
def test_a_window_is_open_only_by_the_clock_on_the_wall(
    day: str, start: int, end: int, zone: str, now: datetime
) -> None:
    found = window(HALL, text(day, start, end), zone=zone)
    wall = now.astimezone(ZoneInfo(zone))
    minute, today = wall.hour * 60 + wall.minute, wall.weekday() == DAYS.index(day)
    yesterday = wall.weekday() == (DAYS.index(day) + 1) % 7
    night = end <= start
    inside = (today and minute >= start and (night or minute < end)) or (
        yesterday and night and minute < end
    )
    assert inside or not found.holds(now), "never outside of what the wall says"
    freeze = window(HALL, text(day, start, end), zone=zone, freeze=True)
    assert freeze.holds(now) or not inside, "a freeze never leaves out what the wall says"


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(DAYS),
    TIMES,
    TIMES,
    ZONES,
    MOMENTS,
    st.none() | MOMENTS,
    st.none() | MOMENTS,
)
def test_the_next_opening_is_the_first_instant_that_is_open(
    day: str,
    start: int,
    end: int,
    zone: str,
    now: datetime,
    begins: datetime | None,
    ends: datetime | None,
) -> None:
    found = window(HALL, text(day, start, end), zone=zone, starts_at=begins, ends_at=ends)
    opens = found.next_at(now)
    if opens is None:
        hours = (now + n * timedelta(minutes=30) for n in range(2 * 24 * 9))
        assert not any(found.holds(one) for one in hours)
        return
    assert opens >= now
    assert found.holds(opens)
    steps = min((opens - now) // MINUTE, 300)
    assert not any(found.holds(opens - (n + 1) * MINUTE) for n in range(steps))


# -- the controller


def save(site: Site, name: str = "nights", actor: Any = None, **fields: Any) -> Any:
    return site.call("window.save", actor, name=name, site=HALL, **fields)


def hours_around(now: datetime, *, after: int, long: int) -> str:
    """A daily window that opens `after` minutes from now and is `long` minutes."""
    start = now + after * MINUTE
    return f"daily {start:%H:%M}-{start + long * MINUTE:%H:%M}"


def test_devices_are_begun_with_only_inside_and_it_goes_on_by_itself(
    site: Site, farm: Farm
) -> None:
    now = clock.now().replace(second=0, microsecond=0)
    factories.site(site.tenant, HALL)
    save(site, hours=[hours_around(now, after=60, long=30)])
    rollout = site.started(site.devices(6), {**ALL, "starts_per_minute": 1})
    site.tick(2)
    row = site.row(rollout)
    assert (row.state, row.cause, farm.flashed) == ("paused", "window_closed", [])
    assert "Outside of the windows of /plant/; the next one opens at" in row.sentence
    site.time.advance(60 * 60)
    site.tick(2)
    assert (site.row(rollout).state, len(farm.flashed)) == ("running", 1)
    site.time.advance(61)
    site.tick(2)
    assert len(farm.flashed) == 2
    site.time.advance(30 * 60)
    site.tick(2)
    assert (site.row(rollout).cause, len(farm.flashed)) == ("window_closed", 2)
    site.time.advance(24 * 60 * 60 - 30 * 60)
    site.tick(3)
    assert (site.row(rollout).state, len(farm.flashed)) == ("running", 3)


def test_what_is_under_way_is_brought_to_its_end_when_the_window_closes(
    site: Site, farm: Farm
) -> None:
    factories.site(site.tenant, HALL)
    now = clock.now().replace(second=0, microsecond=0)
    save(site, hours=[hours_around(now, after=0, long=30)])
    farm.ends = {"unit-00": "hang"}
    rollout = site.started(site.devices(2), ALL)
    site.tick(1)
    site.time.advance(31 * 60)
    site.tick(1)
    assert site.row(rollout).state == "pausing"
    farm.ends = {}
    site.tick(2)
    assert site.row(rollout).state == "paused"
    assert site.states(rollout) == ["succeeded", "queued"]


def test_where_one_place_is_open_only_its_devices_are_begun_with(site: Site, farm: Farm) -> None:
    now = clock.now().replace(second=0, microsecond=0)
    devices = site.devices(2)
    other = factories.site(site.tenant, "/mine/")
    devices[1].site, devices[1].site_path = other, other.path
    devices[1].save()
    factories.site(site.tenant, devices[0].site_path)
    closed = hours_around(now, after=60, long=30)
    site.call("window.save", name="x", site=devices[0].site_path, hours=[closed])
    rollout = site.started(devices, {**ALL, "concurrency": 5})
    site.tick(1)
    assert site.states(rollout) == ["queued", "running"]
    site.tick(2)
    assert (site.row(rollout).cause, farm.flashed) == ("window_closed", ["unit-01"])


def test_a_freeze_needs_a_reason_and_ends_by_being_deleted(site: Site, farm: Farm) -> None:
    factories.site(site.tenant, HALL)
    until = (clock.now() + timedelta(days=3)).isoformat()
    with pytest.raises(Failure, match="reason"):
        save(site, freeze=True, ends_at=until)
    assert not MaintenanceWindow.system.exists()
    frozen = save(site, freeze=True, ends_at=until, reason="Year's end.").output
    save(site, "always", hours=["daily 00:00-24:00"])
    rollout = site.started(site.devices(1), ALL)
    site.tick(1)
    row = site.row(rollout)
    assert (row.cause, "Freeze nights of /plant/ until" in row.sentence) == ("window_closed", True)
    listed = site.call("window.list").output
    assert [(one["name"], one["in_force"]) for one in listed["windows"]] == [
        ("always", True),
        ("nights", True),
    ]
    site.call("window.delete", window=frozen["window"])
    site.tick(4)
    assert (site.row(rollout).state, farm.flashed) == ("succeeded", ["unit-00"])


def test_an_emergency_needs_the_right_and_a_reason(site: Site, farm: Farm, tenant: Tenant) -> None:
    factories.site(site.tenant, HALL)
    save(site, ends_at=NEVER.isoformat())
    rollout = str(site.started(site.devices(2), ALL))
    site.tick(1)
    operator = factories.actor_of("operator", tenant)
    data = {"rollout": rollout, "ignore_windows": True}
    with pytest.raises(Failure) as caught:
        site.call("rollout.resume", operator, **data, reason="Fire")
    assert (caught.value.code, "fleet.configure" in caught.value.detail) == (Code.FORBIDDEN, True)
    with pytest.raises(Failure, match="reason"):
        site.call("rollout.resume", **data)
    row = site.row(rollout)
    assert (row.state, row.ignores_windows, farm.flashed) == ("paused", False, [])
    site.call("rollout.resume", **data, reason="The old firmware burns boards.")
    assert "burns boards" in site.row(rollout).sentence
    site.tick(5)
    assert site.row(rollout).state == "succeeded"
    told = AuditLog.system.filter(operation="fleet.rollout.resume", entry="transition")
    assert "ignored" in told.get().detail


def test_whoever_pauses_what_waits_for_a_window_has_it_wait_for_a_person(
    site: Site, farm: Farm
) -> None:
    factories.site(site.tenant, HALL)
    made = save(site, ends_at=NEVER.isoformat()).output
    rollout = site.started(site.devices(1), ALL)
    site.tick(1)
    site.call("rollout.pause", rollout=str(rollout))
    site.call("window.delete", window=made["window"])
    site.tick(2)
    assert (site.row(rollout).cause, farm.flashed) == ("operator", [])
    site.call("rollout.resume", rollout=str(rollout))
    site.tick(3)
    assert site.row(rollout).state == "succeeded"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"hours": ["evenings"]},
        {"hours": ["daily 01:00-02:00"], "time_zone": "Mars/Olympus"},
        {"ends_at": "2026-01-01T00:00:00"},
        {"starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
    ],
)
def test_nonsense_is_refused_and_nothing_is_kept(site: Site, fields: dict[str, Any]) -> None:
    factories.site(site.tenant, HALL)
    with pytest.raises(Failure) as caught:
        save(site, **fields)
    assert caught.value.code is Code.INVALID
    assert not MaintenanceWindow.system.exists()


def test_who_may_not_configure_a_place_binds_nothing_there(site: Site, tenant: Tenant) -> None:
    factories.site(site.tenant, HALL)
    made = save(site, hours=["daily 01:00-02:00"]).output
    operator = factories.actor_of("operator", tenant)
    local = factories.actor_of("engineer", tenant, site_path="/mine/")
    for actor, code in ((operator, Code.FORBIDDEN), (local, Code.NOT_FOUND)):
        for call in (
            lambda who: save(site, "more", who, hours=["daily 01:00-02:00"]),
            lambda who: site.call("window.delete", who, window=made["window"]),
        ):
            with pytest.raises(Failure) as caught:
                call(actor)
            assert caught.value.code is code
    assert MaintenanceWindow.system.count() == 1
    assert site.call("window.list", local).output == {"windows": []}
