"""The console in a real browser: live patches, the log, armed buttons, the theme, the banner."""

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from apps.accounts.models import Tenant
from apps.events.publish import publish
from apps.events.types import DeviceLost
from apps.fleet.models import DeviceState
from apps.jobs.services import job_log
from apps.kernel import clock
from tests.unit.live import serving

pytestmark = pytest.mark.browser


def lose(device) -> None:
    """What the poller does when a device stops answering."""
    with transaction.atomic():
        DeviceState.objects.filter(device=device).update(liveness="lost", reason="Cable pulled")
        event = DeviceLost(device_id=device.id, name=device.name, reason="Cable pulled")
        publish(
            event,
            tenant_id=device.tenant_id,
            site_path=device.site_path,
            device_id=device.id,
        )


def connected(page: Page) -> None:
    """Wait until the shared stream listens, so that an event is surely heard."""
    expect(page.locator("body")).to_have_attribute("data-heard", "yes", timeout=10_000)


def test_a_row_changes_by_itself_when_its_device_is_lost(
    enter: Callable[..., Page], address: str, found: SimpleNamespace
) -> None:
    page = enter()
    page.goto(f"{address}/devices/")
    row = page.locator(f"#device-{found.core.id}")
    expect(row).to_contain_text("Answers")
    connected(page)
    lose(found.core)
    expect(row).to_contain_text("Lost")
    expect(row).to_contain_text("Cable pulled")


def test_values_of_a_lost_device_do_not_look_like_present_ones(
    enter: Callable[..., Page], address: str, found: SimpleNamespace
) -> None:
    page = enter()
    stale = re.compile("is-stale")
    page.goto(f"{address}/devices/{found.lost.id}/")
    expect(page.locator("#readings")).to_have_class(stale)
    expect(page.locator("#readings [data-heard-at]")).to_contain_text("15 min ago")
    # Ahead of the clock, so that a slow machine has time to look at it while it is fresh.
    soon = clock.now() + timedelta(minutes=5)
    DeviceState.objects.filter(device=found.core).update(seen_at=soon)
    page.goto(f"{address}/devices/{found.core.id}/")
    expect(page.locator("#readings time")).to_contain_text("in 4 min")
    expect(page.locator("#readings")).not_to_have_class(stale)


def test_the_log_of_a_job_grows_while_it_is_watched_and_rests_when_paused(
    enter: Callable[..., Page], address: str, found: SimpleNamespace
) -> None:
    page = enter()
    page.goto(f"{address}/jobs/{found.job.id}/")
    connected(page)
    job_log(found.job, "It is back.")
    expect(page.locator("#log")).to_contain_text("It is back.")
    page.click("[data-action=follow]")
    job_log(found.job, "Said while paused.")
    page.wait_for_timeout(700)
    expect(page.locator("#log")).not_to_contain_text("Said while paused.")
    page.click("[data-action=follow]")
    expect(page.locator("#log")).to_contain_text("Said while paused.")


def test_the_first_error_is_found_or_its_absence_is_said(
    enter: Callable[..., Page], address: str, found: SimpleNamespace
) -> None:
    page = enter()
    page.goto(f"{address}/jobs/{found.job.id}/")
    connected(page)
    button = page.locator("[data-action=first-error]")
    button.click()
    expect(button).to_contain_text("No error so far")
    for number in range(60):
        job_log(found.job, f"Try {number} went wrong.", level="error")
    expect(page.locator("#log")).to_contain_text("Try 59 went wrong.")
    expect(page.locator("#log .level-error").first).not_to_be_in_viewport()
    expect(button).to_contain_text("First error")
    button.click()
    expect(page.locator("#log .level-error").first).to_be_in_viewport()
    expect(page.locator("[data-action=follow]")).to_have_attribute("aria-pressed", "false")


def test_a_destructive_button_is_armed_by_the_typed_name(
    enter: Callable[..., Page], address: str, found: SimpleNamespace
) -> None:
    page = enter("engineer")
    page.goto(f"{address}/operations/fleet.trial.wipe/?device={found.core.id}")
    page.click("button[value=run]")
    button = page.locator("[data-armed]")
    expect(button).to_be_disabled()
    page.fill("#typed", "Ballroom")
    expect(button).to_be_disabled()
    page.fill("#typed", "Ballroom Core")
    button.click()
    expect(page.locator("main")).to_contain_text("A second person has to grant this.")


def test_the_theme_is_kept(enter: Callable[..., Page], address: str) -> None:
    page = enter()
    page.emulate_media(color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.click("[data-action=theme]")
    assert page.evaluate(paper) != light
    page.goto(f"{address}/jobs/")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.evaluate("localStorage.clear()")


def test_a_page_says_when_its_live_connection_is_gone(
    browser, tenant: Tenant, found: SimpleNamespace, address: str, enter: Callable[..., Page]
) -> None:
    page = enter()
    cookies = browser.cookies()
    with serving.server("uvicorn", "tests.browser.application:application") as other:
        browser.add_cookies([{**cookie, "url": other} for cookie in plain(cookies)])
        page.goto(other)
        connected(page)
        expect(page.locator(".banner")).to_be_hidden()
    expect(page.locator(".banner")).to_be_visible(timeout=15_000)


def plain(cookies: list[dict]) -> list[dict]:
    return [{"name": cookie["name"], "value": cookie["value"]} for cookie in cookies]
