"""A headless Chromium for tests that look at pages as a person does."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, sync_playwright

from apps.ops.launcher import chromium

UNSAFE = "DJANGO_ALLOW_ASYNC_UNSAFE"
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


@contextmanager
def browser(profile: Path) -> Iterator[BrowserContext]:
    """One Chromium with its own profile, ended with the block: its loop holds the thread, which
    asynchronous tests need too."""
    program = chromium.find()
    assert program, "No Chromium here. Run: apt-get install --no-install-recommends chromium"
    # Playwright runs its own event loop in this thread; Django would refuse to talk to its
    # database beside one.
    before = os.environ.get(UNSAFE)
    os.environ[UNSAFE] = "1"
    try:
        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                str(profile), executable_path=program, args=ARGUMENTS, headless=True
            )
            context.set_default_timeout(10_000)
            yield context
            context.close()
    finally:
        if before is None:
            del os.environ[UNSAFE]


def log_in(context: BrowserContext, address: str, username: str, password: str) -> Page:
    """A page of somebody else than before, through the form."""
    context.clear_cookies()
    page = context.new_page()
    page.goto(f"{address}/login/")
    page.fill("#username", username)
    page.fill("#password", password)
    page.click("button[type=submit]")
    page.wait_for_selector("nav.rooms")
    return page


def listen(page: Page, complaints: list[str]) -> None:
    """Gather every complaint of the page's browser into `complaints`."""
    page.on("console", lambda said: complaints.append(said.text) if is_bad(said) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))


def is_bad(said: ConsoleMessage) -> bool:
    """Whether the browser complains; a refused form, or a page made to break, is an answer."""
    if said.location.get("url", "").endswith("/trial/500/"):
        return False
    return said.type == "error" and "status of 4" not in said.text
