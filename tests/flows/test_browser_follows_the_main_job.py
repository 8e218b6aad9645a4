"""People in front of the running plane: what scripts, agents and schedules do is seen without a
reload, decided with the mouse, found in the evidence, and hidden from those without a grant."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.flows.conftest import Api
from tests.support import chromium
from tests.support.plane import Plane

pytestmark = pytest.mark.browser

Enter = Callable[..., Page]
Devices = dict[str, dict[str, Any]]

GAIN = -13.25
ROOMS = ("/", "/devices/", "/jobs/", "/schedules/", "/approvals/", "/audit/")


@pytest.fixture(scope="module")
def browser(plane: Plane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """One Chromium a module: its loop holds the thread, which asynchronous tests need too."""
    with chromium.browser(tmp_path_factory.mktemp("chromium")) as context:
        yield context


@pytest.fixture
def enter(plane: Plane, browser: BrowserContext) -> Iterator[Enter]:
    """Log in as somebody of the demo; every complaint of the browser fails the test."""
    complaints: list[str] = []
    pages: list[Page] = []

    def log_in(role: str, tenant: str = "default") -> Page:
        login = plane.demo["logins"][tenant][role]
        page = chromium.log_in(browser, plane.url, login["username"], login["password"])
        chromium.listen(page, complaints)
        pages.append(page)
        return page

    yield log_in
    for page in pages:
        page.close()
    assert complaints == []


def visit(page: Page, plane: Plane, path: str) -> None:
    """Open a page of the console and wait until it hears the stream."""
    page.goto(plane.url + path)
    expect(page.locator("body")).to_have_attribute("data-heard", "yes")
    page.evaluate("window.sameDocument = true")


def was_not_reloaded(page: Page) -> bool:
    return bool(page.evaluate("window.sameDocument === true"))


def upgrade(caller: Api, miner: str) -> dict[str, Any]:
    """Plan and confirm an upgrade; the answer to the confirmed call."""
    listed = caller.call("miners.firmware.list", input={})
    wanted = {"device": miner, "image": listed.json()["output"]["images"][0]["id"]}
    key = f"browser {uuid.uuid4()}"
    plan = caller.call("miners.firmware.upgrade", key=key, input=wanted)
    assert plan.status_code == 428, plan.text
    token = plan.json()["confirmation"]
    answer = caller.call("miners.firmware.upgrade", key=key, input=wanted, confirmation=token)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def reading(page: Page, label: str) -> Any:
    return page.locator(".reading", has=page.get_by_text(label, exact=True)).locator("strong")


def test_an_open_page_shows_the_gain_that_a_script_sets(
    plane: Plane, enter: Enter, operator: Api, devices: Devices
) -> None:
    page = enter("operator")
    visit(page, plane, f"/devices/{devices['Lobby']['id']}/")
    strip = page.locator(".strip", has=page.get_by_text("Lobby Gain", exact=True))
    gain = strip.locator("strong")
    expect(gain).not_to_have_text("-13.2dB")
    wanted = {"device": "Lobby", "component": "Lobby Gain", "control": "gain", "value": GAIN}
    answer = operator.call("qsys.control.set", input=wanted, reason="sound check")
    after = answer.json()["output"]["after"]
    assert after["value"] == GAIN, answer.text
    expect(gain).to_have_text(after["string"], timeout=2_000)
    assert was_not_reloaded(page)
    drawn = page.locator("[data-chart] canvas")
    expect(drawn).to_be_visible()


def test_a_miners_page_goes_on_by_itself(plane: Plane, enter: Enter, devices: Devices) -> None:
    page = enter("viewer")
    visit(page, plane, f"/devices/{devices['Miner 01']['id']}/")
    rate = reading(page, "Hash rate")
    before = rate.text_content()
    assert before is not None
    assert float(before) > 0
    expect(rate).not_to_have_text(before, timeout=30_000)
    assert was_not_reloaded(page)


def test_a_job_is_watched_from_its_start_to_its_end(plane: Plane, enter: Enter) -> None:
    job = upgrade(Api(plane, "engineer"), "Miner 08")["job"]["id"]
    page = enter("engineer")
    visit(page, plane, f"/jobs/{job}/")
    page.evaluate(
        """() => {
          window.widths = new Set();
          const look = () => {
            const done = document.querySelector('svg.bar rect');
            if (done) window.widths.add(done.getAttribute('width'));
          };
          look();
          new MutationObserver(look).observe(document.getElementById('job-state'),
            {subtree: true, childList: true, attributes: true});
        }"""
    )
    log = page.locator("#log [data-line]")
    lines = log.count()
    expect(page.locator("#job-state .head")).to_contain_text("Succeeded", timeout=90_000)
    expect(page.locator("#job-state")).to_contain_text("6 of 6 steps done")
    assert page.evaluate("window.widths.size") >= 3
    assert log.count() > lines
    assert was_not_reloaded(page)


def test_a_request_of_an_agent_is_granted_with_the_mouse(plane: Plane, enter: Enter) -> None:
    page = enter("approver")
    visit(page, plane, "/approvals/")
    waits = upgrade(Api(plane, "agent"), "Miner 09")
    assert waits["status"] == "needs_approval"
    link = page.locator(f"#approvals a.strong[href='/approvals/{waits['approval']['id']}/']")
    expect(link).to_be_visible()
    assert was_not_reloaded(page)
    link.click()
    expect(page.locator("main")).to_contain_text("Miner 09")
    page.fill("#comment", "In the maintenance window.")
    page.click("button[value=grant]")
    expect(page.locator("#approval-head")).to_contain_text("Granted")
    expect(page.locator("main")).to_contain_text("approver")


def test_a_schedule_is_made_in_the_form(plane: Plane, enter: Enter, devices: Devices) -> None:
    name = f"evening tariff {uuid.uuid4().hex[:6]}"
    page = enter("engineer")
    page.goto(f"{plane.url}/schedules/new/")
    page.select_option("#operation", "miners.power.set")
    page.fill("#name", name)
    page.select_option("#in-device", devices["Miner 04"]["id"])
    page.fill("#in-watts", "2800")
    page.fill("#cron", "30 17 * * 1-5")
    page.fill("#time_zone", "Europe/Vienna")
    runs = page.locator("#preview li")
    expect(runs).to_have_count(5)
    for number in range(5):
        expect(runs.nth(number)).to_contain_text("17:30")
    page.click("button:has-text('Save')")
    expect(page.locator("h1")).to_have_text("jobs.schedule.create")
    page.goto(f"{plane.url}/schedules/")
    row = page.locator("tr", has_text=name)
    expect(row).to_contain_text("30 17 * * 1-5")
    expect(row).to_contain_text("Europe/Vienna")
    expect(row).to_contain_text("miners.power.set")


def test_a_rollout_is_filled_in_started_and_watched(plane: Plane, enter: Enter) -> None:
    page = enter("engineer")
    page.goto(f"{plane.url}/rollouts/new/?operation=miners.power.set")
    page.fill("#in-watts", "2950")
    page.click("button[value=next]")
    page.fill("#names", "Miner 05\nMiner 06")
    expect(page.locator("#found")).to_contain_text("Miner 05, Miner 06")
    page.click("#whom button[value=next]")
    page.fill("[name='in.0.soak_seconds']", "0")
    page.fill("#name", f"Night saving {uuid.uuid4().hex[:6]}")
    page.click(".actions button[value=next]")
    expect(page.locator(".blast strong")).to_have_text("2")
    page.click("button:has-text('Start it')")
    expect(page.locator("body")).to_have_attribute("data-heard", "yes")
    page.evaluate("window.sameDocument = true")
    first, second = (page.locator(".cell", has_text=f"Miner 0{number}") for number in (5, 6))
    expect(first).to_contain_text("Succeeded", timeout=60_000)
    gate = page.locator("a:has-text('Pass the gate')")
    expect(gate).to_be_visible(timeout=30_000)
    expect(second).to_contain_text("Queued")
    assert was_not_reloaded(page)
    gate.click()
    page.click("button[value=run]")
    expect(second).to_contain_text("Succeeded", timeout=60_000)
    expect(page.locator("#rollout-head h1 + .badge")).to_have_text("Succeeded", timeout=30_000)
    expect(page.locator(".bar-words").first).to_have_text("2 done")


def test_the_evidence_says_who_did_what_from_where_and_how_it_ended(
    plane: Plane, enter: Enter, operator: Api
) -> None:
    page = enter("admin")
    for value in (-8.5, -9.5):
        wanted = {"device": "Arena", "component": "Lobby Gain", "control": "gain", "value": value}
        assert operator.call("qsys.control.set", input=wanted, reason="evidence").status_code == 200
    page.goto(f"{plane.url}/audit/?operation=qsys.control.set&who=operator")
    entry = page.locator("details.entry").first
    expect(entry.locator("summary")).to_contain_text("operator")
    expect(entry.locator("summary")).to_contain_text("rest")
    expect(entry.locator("summary")).to_contain_text("Done")
    entry.locator("summary").click()
    expect(entry).to_contain_text("evidence")
    expect(entry.locator("div:has(> h3:text-is('Before'))").last).to_contain_text("-8.5")
    expect(entry.locator("div:has(> h3:text-is('After'))").last).to_contain_text("-9.5")
    entry.locator("a[href*='?request=']").click()
    expect(page.locator("details.entry")).to_have_count(1)

    job = upgrade(Api(plane, "engineer"), "Miner 10")["job"]["id"]
    page.goto(f"{plane.url}/audit/?operation=miners.firmware.upgrade&who=engineer&entry=intent")
    entry = page.locator("details.entry", has=page.locator(f"a[href='/jobs/{job}/']"))
    entry.locator("summary").click()
    entry.locator(f"a[href='/jobs/{job}/']").click()
    expect(page.locator("h1")).to_have_text("miners.firmware.upgrade")


@pytest.mark.parametrize(
    ("role", "tenant", "count"), [("rack1", "default", 4), ("operator", "other", 2)]
)
def test_nobody_sees_what_no_grant_covers(
    plane: Plane, enter: Enter, role: str, tenant: str, count: int
) -> None:
    listed = Api(plane, role, tenant).get("/api/v1/devices/", limit=100)["items"]
    mine = {device["name"] for device in listed}
    assert len(mine) == count
    hidden = [one for one in plane.demo["devices"] if one["name"] not in mine]
    assert len(hidden) == len(plane.demo["devices"]) - count
    page = enter(role, tenant)
    for path in (*ROOMS, "/operations/miners.miner.status/"):
        page.goto(plane.url + path)
        text = page.locator("main").inner_text()
        assert [one["name"] for one in hidden if one["name"] in text.splitlines()] == [], path
        assert [one["id"] for one in hidden if one["id"] in page.content()] == [], path
    page.goto(f"{plane.url}/devices/")
    expect(page.locator("tbody tr")).to_have_count(count)
    for one in hidden:
        answer = page.request.get(f"{plane.url}/devices/{one['id']}/")
        assert answer.status == 404
        assert one["name"] not in answer.text()


def test_an_unknown_address_is_answered_in_the_readers_language(plane: Plane, enter: Enter) -> None:
    page = enter("viewer")
    answer = page.goto(f"{plane.url}/nowhere/")
    assert answer is not None
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")
    expect(page.locator("h1")).to_have_text("Nothing is here")
    problem = page.request.get(f"{plane.url}/api/v1/nowhere/")
    assert problem.headers["content-type"] == "application/problem+json"
