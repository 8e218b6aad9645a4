"""Takes the pictures of the documentation: `python -m tests.browser.screenshots` starts a plane,
does the main job on it, and writes what its pages show into docs/images/."""

import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
from playwright.sync_api import BrowserContext, Page, expect

from apps.ops.launcher.say import say
from apps.ops.launcher.state import CHECKOUT
from tests.support import chromium
from tests.support.engines import until
from tests.support.plane import Plane

IMAGES: Final = CHECKOUT / "docs" / "images"
LARGEST: Final = 150_000
ENVIRON: Final = {"FIRMWARE_SOAK_SECONDS": "2", "MCP_RATE_LIMIT_RPM": "600"}
#: What the sound check does to the Lobby, in dB, each step long enough to be seen in the chart.
FADES: Final = (-16.0, -12.0, -8.5, -6.0, -9.5, -12.5, -30.0, -24.0, -18.0, -12.5, -10.0)
#: Readings of a curtailment's curve that are worth a picture.
CURVE: Final = 3
DESK: Final = {"width": 1280, "height": 800}
PHONE: Final = {"width": 390, "height": 780}


@dataclass(frozen=True, slots=True)
class Studio:
    """A running plane, a browser in front of it, and where its devices are."""

    plane: Plane
    browser: BrowserContext

    def device(self, name: str) -> str:
        """The id of a device of the demo."""
        return next(str(one["id"]) for one in self.plane.demo["devices"] if one["name"] == name)

    def call(self, role: str, operation: str, **body: Any) -> dict[str, Any]:
        """Call an operation over REST."""
        headers = {"X-API-Key": self.plane.key(role), "Idempotency-Key": str(uuid.uuid4())}
        url = f"{self.plane.url}/api/v1/operations/{operation}"
        return dict(httpx.post(url, json=body, headers=headers, timeout=30).json())

    def upgrade(self, role: str, miner: str) -> dict[str, Any]:
        """Ask for the newest firmware on a miner, and confirm the plan."""
        images = self.call(role, "miners.firmware.list", input={})["output"]["images"]
        wanted = {"device": miner, "image": images[0]["id"]}
        reason = "Security fixes of this month"
        plan = self.call(role, "miners.firmware.upgrade", input=wanted, reason=reason)
        return self.call(
            role,
            "miners.firmware.upgrade",
            input=wanted,
            reason=reason,
            confirmation=plan["confirmation"],
        )

    @contextmanager
    def page(
        self,
        role: str,
        path: str,
        size: dict[str, int] | None = None,
        *,
        dark: bool = False,
    ) -> Iterator[Page]:
        """A page of somebody, once it hears the stream."""
        login = self.plane.demo["logins"]["default"][role]
        page = chromium.log_in(self.browser, self.plane.url, login["username"], login["password"])
        chosen = size or DESK
        page.set_viewport_size({"width": chosen["width"], "height": chosen["height"]})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.goto(self.plane.url + path)
        expect(page.locator("body")).to_have_attribute("data-heard", "yes")
        yield page
        page.close()


def main() -> int:
    """Take all pictures; returns 1 when one is too large for the documentation."""
    with (
        tempfile.TemporaryDirectory() as profile,
        Plane(environ=ENVIRON) as plane,
        chromium.browser(Path(profile)) as browser,
    ):
        studio = Studio(plane, browser)
        for take in TAKES:
            take(studio)
    large = [one.name for one in IMAGES.glob("*.png") if one.stat().st_size > LARGEST]
    for name in large:
        say(f"{name} is larger than {LARGEST} bytes.")
    return 1 if large else 0


def save(page: Page, name: str) -> None:
    """Write what the page shows now."""
    page.mouse.move(0, 0)
    page.screenshot(path=str(IMAGES / f"{name}.png"))
    say(f"docs/images/{name}.png")


#: Whether a line of the chart has kept a value over its last points.
KEPT: Final = """value => JSON.parse(document.getElementById("chart-data")?.textContent ?? "[]")
    .some(line => line.values.length > 2 && line.values.slice(-2).every(one => one === value))"""


def drawn(page: Page, value: float) -> bool:
    """Whether the chart of a page loaded now shows the control resting at the value."""
    page.reload()
    return bool(page.evaluate(KEPT, value))


def core(studio: Studio) -> None:
    """A Core whose gain a script moves while the page is open."""
    wanted = {"device": "Lobby", "component": "Lobby Gain", "control": "gain"}
    with studio.page("operator", f"/devices/{studio.device('Lobby')}/") as page:
        for value in FADES:
            studio.call(
                "operator",
                "qsys.control.set",
                input={**wanted, "value": value},
                reason="Sound check",
            )
            until(partial(drawn, page, value), 60, lambda value=value: f"no step to {value} dB")  # type: ignore[misc]
        expect(page.locator("[data-chart] canvas")).to_be_visible()
        page.set_viewport_size({"width": 1280, "height": 860})
        save(page, "core")


def approval(studio: Studio) -> None:
    """An assistant's request, as the second person sees it."""
    waits = studio.upgrade("agent", "Miner 05")["approval"]["id"]
    with studio.page("approver", f"/approvals/{waits}/") as page:
        save(page, "approval")
        page.click("button[value=grant]")
        expect(page.locator("#approval-head")).to_contain_text("Granted")


def job(studio: Studio) -> None:
    """A firmware upgrade half way."""
    started = studio.upgrade("engineer", "Miner 06")["job"]["id"]
    with studio.page("engineer", f"/jobs/{started}/") as page:
        expect(page.locator("#job-state")).to_contain_text("3 of 6 steps", timeout=60_000)
        save(page, "job")
        expect(page.locator("#job-state .head")).to_contain_text("Succeeded", timeout=90_000)


def schedule(studio: Studio) -> None:
    """A power target at a tariff's hours."""
    with studio.page("engineer", "/schedules/new/?operation=miners.power.set") as page:
        page.fill("#name", "Evening tariff")
        page.select_option("#in-device", studio.device("Miner 03"))
        page.fill("#in-watts", "2800")
        page.fill("#cron", "30 17 * * 1-5")
        page.fill("#time_zone", "Europe/Vienna")
        expect(page.locator("#preview li").first).to_contain_text("17:30")
        page.set_viewport_size({"width": 1280, "height": 1060})
        save(page, "schedule")
        page.click("button:has-text('Save')")
        expect(page.locator("h1")).to_have_text("jobs.schedule.create")


def audit(studio: Studio) -> None:
    """Who did what, with one entry open."""
    with studio.page("admin", "/audit/?face=rest") as page:
        entry = page.locator("details.entry", has_text="qsys.control.set").first
        entry.locator("summary").click()
        page.set_viewport_size({"width": 1280, "height": 900})
        save(page, "audit")


def overview(studio: Studio) -> None:
    """The first page of a shift, at night."""
    studio.upgrade("engineer", "Miner 07")
    studio.upgrade("agent", "Miner 08")
    with studio.page("operator", "/", dark=True) as page:
        save(page, "overview")


def phone(studio: Studio) -> None:
    """A miner on a telephone."""
    with studio.page("operator", f"/devices/{studio.device('Miner 03')}/", PHONE) as page:
        save(page, "phone")


def miners(studio: Studio) -> None:
    """The fleet: rack map, circuits, the list."""
    with studio.page("engineer", "/miners/") as page:
        page.set_viewport_size({"width": 1280, "height": 1100})
        save(page, "miners")


def rollout(studio: Studio) -> None:
    """Firmware for several miners: the canary is through, the next ones are at it."""
    images = studio.call("engineer", "miners.firmware.list", input={})["output"]["images"]
    wanted = {
        "name": "Security fixes",
        "operation": "miners.firmware.upgrade",
        "input": {"image": images[0]["id"]},
        "devices": ["Miner 01", "Miner 02", "Miner 04", "Miner 09", "Miner 10"],
        "phases": [
            {"name": "canary", "size": 1, "concurrency": 1},
            {"name": "the others", "concurrency": 2},
        ],
    }
    made = studio.call("engineer", "fleet.rollout.create", input=wanted)["output"]["rollout"]
    begin = {"rollout": made}
    plan = studio.call("engineer", "fleet.rollout.start", input=begin)
    studio.call("engineer", "fleet.rollout.start", input=begin, confirmation=plan["confirmation"])
    until(partial(is_midway, studio, made), 180, lambda: "no canary came through")
    with studio.page("engineer", f"/rollouts/{made}/") as page:
        page.set_viewport_size({"width": 1280, "height": 1000})
        save(page, "rollout")
    until(partial(is_over, studio, made), 300, lambda: "the rollout goes on")


def look(studio: Studio, rollout: str) -> dict[str, Any]:
    """A rollout and its members."""
    body = {"rollout": rollout, "limit": 50}
    found: dict[str, Any] = studio.call("engineer", "fleet.rollout.get", input=body)["output"]
    return found


def is_midway(studio: Studio, rollout: str) -> bool:
    """Whether a device has what it was to get, and the next ones have begun."""
    states = {one["state"] for one in look(studio, rollout)["members"]}
    return "succeeded" in states and "running" in states


def is_over(studio: Studio, rollout: str) -> bool:
    """Whether nothing is held any more."""
    return bool(look(studio, rollout)["state"] == "succeeded")


def curtailment(studio: Studio) -> None:
    """A place held under a limit of power, with its curve and its report."""
    site = "/mine/"
    wanted = {"site": site, "reduce_kw": 6, "minutes": 30}
    reason = "The grid asked for half an hour."
    asked = studio.call("engineer", "miners.curtailment.start", input=wanted, reason=reason)
    begun = studio.call(
        "engineer",
        "miners.curtailment.start",
        input=wanted,
        reason=reason,
        confirmation=asked.get("confirmation"),
    )
    event = begun["output"]["curtailment"]
    until(partial(is_held, studio, event), 120, lambda: "the limit is not kept")
    with studio.page("engineer", f"/curtailments/{event}/") as page:
        page.set_viewport_size({"width": 1280, "height": 1000})
        save(page, "curtailment")


def is_held(studio: Studio, event: str) -> bool:
    """Whether the place has kept its limit for some seconds, so that there is a curve."""
    body = {"curtailment": event, "points": 100}
    found = studio.call("engineer", "miners.curtailment.get", input=body)["output"]
    return found["state"] == "holding" and len(found["points"]) > CURVE


TAKES: Final = (
    *(core, approval, job, schedule, audit, overview, phone),
    *(miners, rollout, curtailment),
)

if __name__ == "__main__":
    sys.exit(main())
