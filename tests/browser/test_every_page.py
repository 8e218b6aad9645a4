"""Every page in both themes: nobody is kept out, no policy is offended, nothing is too wide or
too heavy, and every control is reached with the keyboard."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.pages import OFFICE, Visit, visit, visits

pytestmark = pytest.mark.browser

Enter = Callable[..., Page]
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
#: Bytes that a browser without a cache fetches for one page.
HEAVIEST = 120_000
#: The smallest screen on which people still acknowledge, approve and stop.
SMALL = {"width": 360, "height": 740}
LARGE = {"width": 1440, "height": 900}

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

Rules = dict[str, Any]
EVERYTHING: Rules = {}
COLOURS: Rules = {"runOnly": ["color-contrast"]}
#: How each page is looked at, loaded once. A theme changes colours alone.
LOOKS: list[tuple[Any, Any, Rules]] = [
    (LARGE, "light", EVERYTHING),
    (LARGE, "dark", COLOURS),
    (SMALL, "dark", EVERYTHING),
    (SMALL, "light", COLOURS),
]

LISTEN = """() => {
  window.violations = [];
  document.addEventListener('securitypolicyviolation',
    (event) => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));
}"""


@pytest.fixture
def axe() -> str:
    assert AXE.is_file(), "axe-core is not installed. Run: make test"
    return AXE.read_text()


@pytest.fixture
def page(enter: Enter) -> Page:
    """A page of somebody who may everything; it notes what its policy blocks."""
    one = enter("admin")
    one.add_init_script(f"({LISTEN})()")
    return one


def grave(page: Page, axe: str, rules: Rules = EVERYTHING) -> list[str]:
    """What axe finds that keeps people out."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    options = {"resultTypes": ["violations"], **rules}
    found = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


def test_nobody_is_kept_out_and_every_page_fits(
    page: Page, address: str, found: SimpleNamespace, axe: str
) -> None:
    problems: dict[str, list[str]] = {}
    for one in visits(found):
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.set_viewport_size(LARGE)
        visit(page, address, one)
        said = problems[one[0]] = []
        for size, theme, rules in LOOKS:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.set_viewport_size(size)
            said += [f"{theme}, {size['width']}: {text}" for text in grave(page, axe, rules)]
            said += ["wider than its window"] * (page.evaluate(WIDER) != 0)
        said += [f"blocked: {text}" for text in page.evaluate("window.violations")]
        said += ["has not one heading"] * (page.locator("h1").count() != 1)
    assert {name: one for name, one in problems.items() if one} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_kept_out_of_the_log_in(browser: Any, address: str, axe: str, theme: Any) -> None:
    browser.clear_cookies()
    page = browser.new_page()
    page.emulate_media(color_scheme=theme)
    page.goto(f"{address}/login/")
    assert grave(page, axe) == []
    page.fill("#username", "nobody")
    page.fill("#password", "wrong")
    page.click("button[type=submit]")
    page.wait_for_selector("[role=alert]")
    assert grave(page, axe) == []
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_kept_out_of_the_back_office(
    enter: Enter, tenant: Any, address: str, found: SimpleNamespace, axe: str, theme: Any
) -> None:
    page = enter("admin", superuser=True)
    page.emulate_media(color_scheme=theme)
    problems = {}
    for path in OFFICE:
        page.goto(address + path)
        problems[path] = grave(page, axe)
    assert {path: one for path, one in problems.items() if one} == {}


def test_no_page_is_heavy(page: Page, address: str, found: SimpleNamespace) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    weights: list[int] = []
    session.on("Network.loadingFinished", lambda one: weights.append(one["encodedDataLength"]))
    heavy = {}
    for name, path, _ in [one for one in visits(found) if one[2] is None]:
        weights.clear()
        page.goto(address + path, wait_until="load")
        assert sum(weights) > 1_000, name
        if sum(weights) >= HEAVIEST:
            heavy[name] = sum(weights)
    assert heavy == {}


FOCUSABLE = """() => {
  window.reached = new Set();
  const seen = (node) => node.checkVisibility({visibilityProperty: true}) && node.tabIndex >= 0
    && !node.disabled && node.getClientRects().length;
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')];
  window.wanted = all.filter(seen);
  return window.wanted.length;
}"""
MISSED = """() => window.wanted.filter((node) => !window.reached.has(node))
  .map((node) => node.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize(
    "name",
    [
        "devices",
        "device",
        "chart",
        "watch",
        "job",
        "schedule form",
        "approval",
        "audit",
        "form",
        "plan",
    ],
)
def test_every_control_is_reached_with_the_keyboard(
    page: Page, address: str, found: SimpleNamespace, name: str
) -> None:
    page.set_viewport_size(LARGE)
    one: Visit = next(one for one in visits(found) if one[0] == name)
    visit(page, address, one)
    wanted = page.evaluate(FOCUSABLE)
    assert wanted > 10
    page.evaluate("document.activeElement.blur()")
    for _ in range(wanted + 30):
        page.keyboard.press("Tab")
        page.evaluate("window.reached.add(document.activeElement)")
    assert page.evaluate(MISSED) == []


def test_what_has_focus_is_seen(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.press("Tab")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate(outline) == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
