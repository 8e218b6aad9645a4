"""Keys, the search over everything, ticked rows, the reader's zone, and tabs nobody looks at."""

from collections.abc import Callable
from types import SimpleNamespace

import httpx
import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Tenant
from apps.fleet.models import Device
from apps.jobs.models import Job
from apps.operations.models import Approval
from tests.browser.test_console import connected, lose
from tests.unit.live.serving import until

pytestmark = pytest.mark.browser

Enter = Callable[..., Page]
SMALL = {"width": 360, "height": 740}
HIDE = """(hidden) => {
  Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.mark.parametrize(
    ("keys", "path"), [("gd", "/devices/"), ("gj", "/jobs/"), ("gu", "/audit/"), ("go", "/")]
)
def test_two_keys_lead_to_a_room(enter: Enter, address: str, keys: str, path: str) -> None:
    page = enter("admin")
    page.goto(f"{address}/schedules/")
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_url(address + path)


def test_letters_typed_into_a_field_stay_letters(enter: Enter, address: str) -> None:
    page = enter()
    page.goto(f"{address}/devices/")
    page.keyboard.press("f")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("g d/?")
    assert page.locator("[name=q][data-search]").input_value() == "g d/?"
    assert page.url == f"{address}/devices/"
    expect(page.locator("dialog[open]")).to_have_count(0)


@pytest.mark.parametrize("keys", ["Control+k", "/"])
def test_a_device_is_opened_without_the_mouse(
    enter: Enter, address: str, found: SimpleNamespace, keys: str
) -> None:
    page = enter()
    page.keyboard.press(keys)
    expect(page.locator("#palette-hits")).to_contain_text("Schedules")
    page.keyboard.type("miner-0")
    chosen = page.locator("#palette-hits [aria-selected=true]")
    expect(chosen).to_contain_text("miner-00")
    page.keyboard.press("ArrowDown")
    expect(chosen).to_contain_text("miner-01")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(chosen).to_contain_text("miners.firmware.upgrade")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/devices/*/")
    expect(page.locator("h1")).to_have_text("miner-00")


def test_escape_closes_the_search_and_leaves_the_page(enter: Enter, address: str) -> None:
    page = enter()
    page.click("a[data-action=palette]")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    assert page.url == f"{address}/"


def test_shortcuts_are_explained_and_closed_again(enter: Enter) -> None:
    page = enter()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_contain_text("Search devices, jobs, actions")
    page.keyboard.press("Enter")
    expect(page.locator("#shortcuts")).to_be_hidden()


def test_ticked_devices_are_counted_kept_and_acted_on(
    enter: Enter, address: str, found: SimpleNamespace
) -> None:
    page = enter("engineer")
    page.goto(f"{address}/devices/?kind=core")
    connected(page)
    page.check(f"input[value='{found.core.id}']")
    expect(page.locator("#batch")).to_contain_text("1 chosen")
    page.locator("[data-all]").check()
    expect(page.locator("#batch")).to_contain_text("5 chosen")
    page.uncheck(f"input[value='{found.lost.id}']")
    expect(page.locator("#batch")).to_contain_text("4 chosen")
    lose(found.core)
    expect(page.locator(f"#device-{found.core.id}")).to_contain_text("Cable pulled")
    expect(page.locator(f"input[value='{found.core.id}']")).to_be_checked()
    page.click("button[value='fleet.device.tag']")
    expect(page.locator("main")).to_contain_text("4 devices chosen")
    page.fill("#in-add", "night")
    page.click("button[value=run]")
    expect(page.locator("h2:has-text('Result')")).to_be_visible()
    tagged = Device.system.filter(tags__contains=["night"]).values_list("name", flat=True)
    assert set(tagged) == {"Ballroom Core", "Stage Core", "Chapel Core", "Terrace Core"}


def test_times_follow_the_browsers_zone(
    browser, enter: Enter, address: str, found: SimpleNamespace
) -> None:
    page = enter()
    session = browser.new_cdp_session(page)
    session.send("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    page.goto(f"{address}/jobs/")
    page.goto(f"{address}/jobs/{found.job.id}/")
    line = page.locator("#log time").first
    here = line.text_content()
    told = page.evaluate(
        """(iso) => new Date(iso).toLocaleTimeString('en-GB', {timeZone: 'Asia/Tokyo'})""",
        line.get_attribute("datetime"),
    )
    assert here == told
    assert f"{line.get_attribute('title')}".endswith("UTC")


def streams(address: str) -> int:
    return int(httpx.get(f"{address}/trial/streams").text)


def test_the_stream_rests_while_no_tab_is_looked_at_and_the_page_catches_up(
    enter: Enter, address: str, found: SimpleNamespace
) -> None:
    page = enter()
    page.goto(f"{address}/devices/")
    connected(page)
    until(lambda: streams(address) == 1)
    page.evaluate(HIDE, True)
    until(lambda: streams(address) == 0)
    lose(found.core)
    expect(page.locator(f"#device-{found.core.id}")).to_contain_text("Answers")
    page.evaluate(HIDE, False)
    expect(page.locator(f"#device-{found.core.id}")).to_contain_text("Cable pulled")
    until(lambda: streams(address) == 1)


def test_two_tabs_share_one_stream(enter: Enter, address: str, found: SimpleNamespace) -> None:
    page = enter()
    page.goto(f"{address}/devices/")
    connected(page)
    other = page.context.new_page()
    other.goto(f"{address}/devices/")
    connected(other)
    lose(found.core)
    for tab in (page, other):
        expect(tab.locator(f"#device-{found.core.id}")).to_contain_text("Cable pulled")
    assert streams(address) == 1
    other.close()


def test_a_request_is_granted_on_a_small_screen(
    enter: Enter, address: str, found: SimpleNamespace
) -> None:
    page = enter("approver")
    page.set_viewport_size(SMALL)
    page.goto(f"{address}/approvals/")
    page.click("#approvals a.strong")
    for button in page.locator("button[name=decision]").all():
        box = button.bounding_box()
        assert box
        assert box["height"] >= 36
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= SMALL["width"]
    page.click("button[value=grant]")
    expect(page.locator("#approval-head")).to_contain_text("Granted")
    assert Approval.system.get().state == "granted"


def test_a_job_is_stopped_on_a_small_screen(
    enter: Enter, address: str, found: SimpleNamespace
) -> None:
    page = enter("engineer")
    page.set_viewport_size(SMALL)
    page.goto(f"{address}/jobs/{found.job.id}/")
    page.click("a.danger:has-text('Cancel')")
    page.click("button[value=run]")
    expect(page.locator("main")).to_contain_text("Done")
    assert Job.system.get(id=found.job.id).cancel
    page.goto(f"{address}/jobs/{found.job.id}/")
    expect(page.locator("#job-state")).to_contain_text("Stop asked for")


def test_the_count_has_to_be_typed_before_many_are_decommissioned(
    enter: Enter, tenant: Tenant, address: str, found: SimpleNamespace
) -> None:
    page = enter("engineer")
    page.goto(f"{address}/devices/?kind=miner")
    page.locator("[data-all]").check()
    page.click("button[value='fleet.device.decommission']:has-text('(12)')")
    page.click("button[value=run]")
    expect(page.locator(".blast")).to_contain_text("12")
    armed = page.locator("[data-armed]")
    expect(armed).to_be_disabled()
    page.fill("#typed", "11")
    expect(armed).to_be_disabled()
    page.fill("#typed", "12")
    armed.click()
    expect(page.locator("main")).to_contain_text("A second person has to grant this.")
    assert Device.system.filter(tenant=tenant, kind="miner", status="active").count() == 12
