"""Every page: there for who may see it, scoped to what their grants cover, closed to strangers."""

import gzip
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from apps.accounts.models import Tenant
from apps.audit import services as audit
from apps.audit.models import AuditLog
from apps.audit.services import Act
from apps.fleet.models import Device, DeviceState
from apps.jobs.models import Job, JobLog
from apps.kernel import clock
from apps.kernel.actor import system_actor
from tests.support import factories

PAGES = (
    "/",
    "/devices/",
    "/jobs/",
    "/schedules/",
    "/curtailments/",
    "/approvals/",
    "/audit/",
    "/operations/",
    "/search/",
    "/preferences/",
)


@pytest.fixture
def job(tenant, device: Device) -> Job:
    made = factories.job(
        factories.actor_of("engineer", tenant),
        operation="miners.firmware.upgrade",
        state="running",
        device_id=device.id,
        object_label=device.name,
        site_path=device.site_path,
        done=1,
        total=4,
    )
    JobLog.objects.create(job=made, message="sent 10 %")
    JobLog.objects.create(job=made, message="no answer", level="error")
    return made


@pytest.mark.parametrize("address", PAGES)
def test_a_page_opens_for_who_may_view(login: Callable, device: Device, address: str) -> None:
    answer = login("viewer").get(address)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"


ABSENT = "/devices/01a1fb57-d83c-735c-a8e6-a5d9a30c714b/"


@pytest.mark.parametrize("address", [*PAGES, ABSENT, "/schedules/preview/"])
def test_a_stranger_is_sent_to_the_log_in_and_back(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=%2F")


def test_a_fragment_sends_the_whole_page_to_the_log_in(client: Client) -> None:
    answer = client.get("/devices/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/login/")


@pytest.mark.parametrize("address", [*PAGES, "/operations/fleet.trial.set/", "/login/"])
def test_no_page_has_an_inline_script_style_or_handler(login: Callable, address: str) -> None:
    answer = login("admin").get(address)
    text = answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    for forbidden in ("<style", " style=", " onclick=", "<script>", "javascript:", "hx-on"):
        assert forbidden not in text


def test_the_devices_of_others_are_not_there(login: Callable, device: Device) -> None:
    foreign = login("admin", of=factories.tenant())
    assert "Lobby Core" not in foreign.get("/devices/").content.decode()
    assert foreign.get(f"/devices/{device.id}/").status_code == 404
    assert foreign.get(f"/devices/{device.id}/row/").status_code == 404


def test_a_grant_on_one_hall_shows_that_hall(login: Callable, tenant, device: Device) -> None:
    other = factories.device(tenant, name="Stage Core", site_path="/plant/hall-b/")
    browser = login("viewer", site_path="/plant/hall-a/")
    page = browser.get("/devices/").content.decode()
    assert "Lobby Core" in page
    assert "Stage Core" not in page
    assert browser.get(f"/devices/{other.id}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=lobby", True),
        ("?q=nothing", False),
        ("?liveness=lost", True),
        ("?liveness=ok", False),
        ("?site=/plant/hall-a/", True),
        ("?site=/plant/hall-b/", False),
        ("?kind=miner", False),
        ("?kind=core&liveness=lost&q=lob", True),
        ("?page=99", False),
        ("?page=x", True),
    ],
)
def test_filters_live_in_the_address(
    operator: Client, device: Device, query: str, found: bool
) -> None:
    DeviceState.objects.create(device=device, liveness="lost", reason="no route to host")
    page = operator.get(f"/devices/{query}").content.decode()
    assert ("Lobby Core" in page) is found


def test_the_overview_puts_lost_devices_first_and_links_counts_to_lists(
    operator: Client, tenant, device: Device
) -> None:
    healthy = factories.device(tenant, name="Aula Core")
    DeviceState.objects.create(device=healthy, liveness="ok", seen_at=clock.now())
    DeviceState.objects.create(device=device, liveness="lost", reason="no route to host")
    page = operator.get("/").content.decode()
    assert "no route to host" in page
    assert 'href="/devices/?liveness=lost"' in page
    assert "Aula Core" not in page


def test_a_state_is_said_with_icon_word_and_tone(operator: Client, device: Device) -> None:
    DeviceState.objects.create(device=device, liveness="stale", seen_at=clock.now())
    row = operator.get(f"/devices/{device.id}/row/").content.decode()
    assert '<span class="badge tone-warn">' in row
    assert "Stale</span>" in row
    assert "</svg>Stale" in row
    assert '<time class="age"' in row


def test_a_device_shows_what_was_read_and_only_actions_that_reach_it(
    login: Callable, device: Device
) -> None:
    DeviceState.objects.create(device=device, liveness="ok", summary={"design": "Main Hall"})
    operator = login("operator").get(f"/devices/{device.id}/").content.decode()
    assert 'data-reading="design">Main Hall<' in operator
    assert f"/operations/fleet.trial.restart/?device={device.id}" in operator
    assert "fleet.trial.wipe" not in operator
    assert "fleet.trial.hidden" not in operator
    viewer = login("viewer").get(f"/devices/{device.id}/").content.decode()
    assert "fleet.trial.restart" not in viewer


def test_text_of_a_device_is_escaped(operator: Client, device: Device) -> None:
    evil = "<img src=x onerror=alert(1)>"
    DeviceState.objects.create(device=device, liveness="lost", reason=evil, summary={"name": evil})
    page = operator.get(f"/devices/{device.id}/").content.decode()
    assert evil not in page
    assert "&lt;img" in page


def test_a_job_shows_progress_log_and_what_it_acts_on(operator: Client, job: Job) -> None:
    page = operator.get(f"/jobs/{job.id}/").content.decode()
    assert "1 of 4 steps done, 3 to come" in page
    assert "no answer" in page
    assert 'class="level-error"' in page
    assert f"/operations/jobs.job.cancel/?job={job.id}" in page


def test_an_open_job_says_how_long_such_jobs_take(operator: Client, job: Job) -> None:
    assert "Such jobs lately took" not in operator.get(f"/jobs/{job.id}/").content.decode()
    by = factories.actor_of("engineer", Tenant.objects.get(id=job.tenant_id))
    for seconds in (45, 50, 130):
        done = factories.job(by, operation=job.operation, state="succeeded")
        Job.system.filter(id=done.id).update(
            finished_at=done.created_at + timedelta(seconds=seconds)
        )
    page = operator.get(f"/jobs/{job.id}/").content.decode()
    assert "Such jobs lately took 45 s to 2 min in all." in page


def test_the_log_goes_on_after_the_last_line_seen(operator: Client, job: Job) -> None:
    first = JobLog.objects.filter(job=job).first()
    assert first is not None
    more = operator.get(f"/jobs/{job.id}/log/?after={first.id}").content.decode()
    assert "sent 10 %" not in more
    assert "no answer" in more
    whole = operator.get(f"/jobs/{job.id}/log/?download=1")
    assert whole["Content-Type"].startswith("text/plain")
    assert b"sent 10 %" in whole.content


def test_a_job_of_another_tenant_is_not_found(login: Callable, job: Job) -> None:
    foreign = login("admin", of=factories.tenant())
    assert foreign.get(f"/jobs/{job.id}/").status_code == 404
    assert foreign.get(f"/jobs/{job.id}/log/").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=open", True),
        ("?state=running", True),
        ("?state=failed", False),
        ("?state=bad", False),
    ],
)
def test_jobs_are_filtered_by_state(operator: Client, job: Job, query: str, found: bool) -> None:
    assert ("miners.firmware.upgrade" in operator.get(f"/jobs/{query}").content.decode()) is found


def test_jobs_that_ended_badly_are_one_link_away(operator: Client, job: Job) -> None:
    Job.system.filter(id=job.id).update(state="needs_human", finished_at=clock.now())
    assert 'href="/jobs/?state=bad"' in operator.get("/").content.decode()
    assert "miners.firmware.upgrade" in operator.get("/jobs/?state=bad").content.decode()


def test_audit_shows_an_intent_with_its_outcome(operator: Client, login, device: Device) -> None:
    operator.post(
        "/operations/fleet.trial.set/", {"in.device": device.id, "in.value": "5", "reason": "why"}
    )
    page = login("viewer").get("/audit/?operation=fleet.trial.set").content.decode()
    assert page.count('<details class="entry"') == 1
    assert "Done</span>" in page
    assert "why" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?who=nobody", False),
        ("?face=console", True),
        ("?entry=denied", False),
        ("?since=2999-01-01", False),
        ("?since=tomorrow", False),
        ("?job=no-id", False),
        ("?object={device}", True),
    ],
)
def test_audit_is_filtered(operator: Client, device: Device, query: str, found: bool) -> None:
    operator.post("/operations/fleet.trial.set/", {"in.device": device.id, "in.value": "5"})
    page = operator.get(f"/audit/{query.format(device=device.id)}").content.decode()
    assert ('<details class="entry"' in page) is found


@pytest.mark.parametrize(
    ("query", "steps"), [("", 0), ("?entry=every", 1), ("?entry=transition", 1), ("?job={job}", 1)]
)
def test_steps_of_jobs_stay_out_of_the_list_until_asked_for(
    login, job: Job, query: str, steps: int
) -> None:
    actor = system_actor("test", tenant_id=job.tenant_id)
    act = Act(operation=job.operation, face="rest", actor=actor, job_id=job.id)
    with transaction.atomic():
        audit.transition(act, verdict="rebooting", before="sent", after="rebooting")
    page = login("admin").get(f"/audit/{query.format(job=job.id)}").content.decode()
    assert page.count("Rebooting</span>") == steps
    assert page.count("tone-fail") == 0


def test_older_entries_are_reached_by_the_last_id(operator: Client, device: Device) -> None:
    for number in range(51):
        operator.post(
            "/operations/fleet.trial.set/", {"in.device": device.id, "in.value": str(number)}
        )
    first = operator.get("/audit/").content.decode()
    assert first.count('<details class="entry"') == 50
    oldest = AuditLog.system.filter(entry="intent").order_by("id")[1]
    assert f"?before={oldest.id}" in first
    assert (
        operator.get(f"/audit/?before={oldest.id}").content.decode().count('<details class="entry"')
        == 1
    )


def test_who_belongs_to_no_tenant_is_told_so(tenant) -> None:
    user = factories.user(tenant)
    type(user).objects.filter(id=user.id).update(tenant=None)
    client = Client()
    client.force_login(user)
    answer = client.get("/devices/")
    assert answer.status_code == 403
    assert "belongs to no tenant" in answer.content.decode()


def test_pages_travel_compressed_to_who_reads_that(operator: Client, device: Device) -> None:
    plain = operator.get("/devices/")
    small = operator.get("/devices/", headers={"Accept-Encoding": "gzip"})
    assert small["Content-Encoding"] == "gzip"
    assert b"Lobby Core" in gzip.decompress(small.content)
    assert len(small.content) < len(plain.content) / 2
