"""Times are told in the reader's own zone: the one they chose, else their browser's, else UTC."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Q
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.console import zones
from apps.console.templatetags.console import age, instant
from apps.console.views.audit import IDS, TEXTS, condition
from apps.jobs.models import JobLog
from apps.kernel import clock
from tests.support import factories

WINTER = datetime(2026, 1, 2, 23, 4, 5, tzinfo=UTC)
MOMENTS = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.fixture
def vienna() -> Iterator[None]:
    with timezone.override(ZoneInfo("Europe/Vienna")):
        yield


def test_an_instant_is_told_here_and_in_utc_on_hover(vienna: None) -> None:
    shown = instant(WINTER, "%a %d %b %H:%M")
    assert ">Sat 03 Jan" in shown
    assert "00:04<" in shown
    assert 'title="2026-01-02 23:04:05 UTC"' in shown
    assert 'datetime="2026-01-02T23:04:05.000Z"' in shown


def test_another_year_is_named(vienna: None) -> None:
    last = clock.now() - timedelta(days=400)
    assert f" {last:%Y} " in instant(last)
    assert f" {clock.now():%Y} " not in instant(clock.now())


def test_an_age_tells_both_on_hover_and_utc_once(vienna: None) -> None:
    assert 'title="2026-01-03 00:04:05 CET · 2026-01-02 23:04:05 UTC"' in age(WINTER)
    with timezone.override(UTC):
        assert 'title="2026-01-02 23:04:05 UTC"' in age(WINTER)


def test_what_never_was_is_a_dash() -> None:
    assert instant(None) == "—"


@given(moment=MOMENTS, name=st.sampled_from(sorted(zones.known())))
def test_the_same_instant_in_every_zone(moment: datetime, name: str) -> None:
    with timezone.override(ZoneInfo(name)):
        shown = str(instant(moment, "%Y-%m-%dT%H:%M:%S%z"))
    told = re.search(r">(.*)<", shown)
    assert told
    assert datetime.fromisoformat(told[1]) == moment


@pytest.fixture
def job_page(tenant, operator: Client) -> Callable[..., str]:
    """The page of a job whose log has a line of 23:04:05 UTC."""
    job = factories.job(factories.actor_of("engineer", tenant))
    JobLog.objects.create(job=job, message="sent")
    JobLog.objects.filter(job=job).update(at=WINTER)
    return lambda **cookies: page_of(operator, f"/jobs/{job.id}/", cookies)


def page_of(browser: Client, path: str, cookies: dict[str, str]) -> str:
    for name, value in cookies.items():
        browser.cookies[name] = value
    return browser.get(path).content.decode()


def test_without_a_word_from_the_browser_times_are_utc(job_page: Callable[..., str]) -> None:
    assert ">23:04:05<" in job_page()


def test_pages_follow_the_browser(job_page: Callable[..., str]) -> None:
    page = job_page(browser_zone="Asia/Tokyo")
    assert ">08:04:05<" in page
    assert 'data-zone="Asia/Tokyo"' in page


def test_a_choice_wins_over_the_browser_until_it_is_taken_back(
    operator: Client, job_page: Callable[..., str]
) -> None:
    assert operator.post("/preferences/", {"time_zone": "Europe/Vienna"}).status_code == 302
    assert ">00:04:05<" in job_page(browser_zone="Asia/Tokyo")
    operator.post("/preferences/", {"time_zone": ""})
    assert ">08:04:05<" in job_page(browser_zone="Asia/Tokyo")


def test_a_choice_is_ones_own(
    operator: Client, login: Callable[..., Client], job_page: Callable[..., str]
) -> None:
    login("operator").post("/preferences/", {"time_zone": "Europe/Vienna"})
    assert ">23:04:05<" in job_page()


@pytest.mark.parametrize("wrong", ["Mars/Olympus", "../../etc/passwd", "europe/vienna"])
def test_an_unknown_zone_is_refused_and_changes_nothing(
    operator: Client, job_page: Callable[..., str], wrong: str
) -> None:
    operator.post("/preferences/", {"time_zone": "Europe/Vienna"})
    answer = operator.post("/preferences/", {"time_zone": wrong})
    assert answer.status_code == 422
    assert "a name such as Europe/Vienna" in answer.content.decode()
    assert ">00:04:05<" in job_page()


@pytest.mark.parametrize("wrong", ["Mars/Olympus", "../../etc/passwd", ""])
def test_a_browser_that_makes_a_zone_up_reads_utc(job_page: Callable[..., str], wrong: str) -> None:
    assert ">23:04:05<" in job_page(browser_zone=wrong)


def test_the_zone_is_nobody_elses_after_the_page(job_page: Callable[..., str]) -> None:
    job_page(browser_zone="Asia/Tokyo")
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_new_schedule_is_offered_in_the_readers_zone(engineer: Client) -> None:
    engineer.post("/preferences/", {"time_zone": "Europe/Vienna"})
    page = engineer.get("/schedules/new/?operation=fleet.trial.set").content.decode()
    assert 'name="time_zone" value="Europe/Vienna"' in page


@pytest.mark.parametrize(
    ("zone", "begin"),
    [("UTC", "2026-01-03T00:00Z"), ("Asia/Tokyo", "2026-01-02T15:00Z")],
)
def test_a_day_of_the_audit_begins_where_the_reader_is(zone: str, begin: str) -> None:
    filters = dict.fromkeys((*TEXTS, *IDS, "operation", "object", "before"), "")
    with timezone.override(ZoneInfo(zone)):
        since = condition({**filters, "since": "2026-01-03"})
    assert since == Q(at__gte=datetime.fromisoformat(begin))


def test_a_stranger_sets_nothing(client: Client) -> None:
    answer = client.post("/preferences/", {"time_zone": "Europe/Vienna"})
    assert answer.status_code == 302
    assert zones.CHOSEN not in client.session
