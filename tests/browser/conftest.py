"""A real Chromium in front of a real server on the test database."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, sync_playwright

from apps.accounts.models import Tenant
from apps.ops.launcher import chromium
from tests.support import factories
from tests.unit.live import serving

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def address(django_db_setup: None) -> Iterator[str]:
    """Where the console is."""
    with serving.server("uvicorn", "tests.browser.application:application") as url:
        yield url


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """One Chromium a module: its loop holds the thread, which asynchronous tests need too."""
    program = chromium.find()
    assert program, "No Chromium here. Run: apt-get install --no-install-recommends chromium"
    # Playwright runs its own event loop in this thread; Django would refuse to talk to its
    # database beside one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        profile: Path = tmp_path_factory.mktemp("chromium")
        context = playwright.chromium.launch_persistent_context(
            str(profile), executable_path=program, args=ARGUMENTS, headless=True
        )
        context.set_default_timeout(10_000)
        yield context
        context.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return factories.tenant("north", batch_threshold=10)


@pytest.fixture
def enter(address: str, browser: BrowserContext, tenant: Tenant) -> Iterator[Callable[..., Page]]:
    """Log somebody new in through the form; every complaint of the browser fails the test."""
    complaints: list[str] = []
    pages: list[Page] = []

    def log_in(role: str = "operator", username: str | None = None) -> Page:
        user = factories.user(tenant, role, username=username)
        browser.clear_cookies()
        page = browser.new_page()
        pages.append(page)
        page.on("console", lambda said: complaints.append(said.text) if is_bad(said) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/login/")
        page.fill("#username", user.username)
        page.fill("#password", factories.PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_selector("nav.rooms")
        return page

    yield log_in
    for page in pages:
        page.close()
    assert complaints == []


def is_bad(said: ConsoleMessage) -> bool:
    """Whether the browser complains; a refused form is an answer and no complaint."""
    return said.type == "error" and "status of 4" not in said.text
