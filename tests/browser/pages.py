"""Every page there is, as somebody reaches it: by address, or by a click on the page before."""

from collections.abc import Callable
from types import SimpleNamespace

from playwright.sync_api import Page, expect

#: A picture of a page: its name, its address, and what is pressed there before one looks.
Visit = tuple[str, str, Callable[[Page], None] | None]


def visits(found: SimpleNamespace) -> list[Visit]:
    """All pages of the product for somebody who may everything."""
    device = f"/devices/{found.core.id}/"
    wipe = f"/operations/fleet.trial.wipe/?device={found.core.id}"
    change = f"/operations/fleet.trial.set/?device={found.core.id}"
    return [
        ("overview", "/", None),
        ("devices", "/devices/", None),
        ("no devices", "/devices/?q=nothing-like-it", None),
        ("ticked devices", "/devices/", tick_all),
        ("batch", "/devices/", batch),
        ("device", device, None),
        ("components", f"{device}components/", None),
        ("opened component", f"{device}components/", opened),
        ("chart", f"{device}chart/?last=5m&q=lobby", None),
        ("timeline", f"{device}timeline/", unfold),
        ("since then", f"{device}then/", None),
        ("state then", f"{device}then/?show=state", None),
        ("snapshots", f"{device}snapshots/", None),
        ("watches", f"{device}watches/", None),
        ("watch", f"{device}watch/?name=levels", counted),
        ("core's status", f"{device}status/", None),
        ("inventory item", f"/cores/items/{found.item.id}/", None),
        ("core's designs", f"{device}designs/", None),
        ("paging", f"{device}paging/", asked),
        ("exports", f"{device}exports/", None),
        ("cores", "/cores/", None),
        ("designs", "/cores/designs/", None),
        ("lost device", f"/devices/{found.lost.id}/", None),
        ("alerts", "/alerts/", None),
        ("silencing", "/alerts/?site=/plant/&rule=fleet.device.offline", None),
        ("jobs", "/jobs/", None),
        ("job", f"/jobs/{found.job.id}/", None),
        ("miners", "/miners/", None),
        ("find miners", f"/miners/discovery/?range={found.range.id}", ticked),
        ("miner", f"/devices/{found.miner.id}/", None),
        ("miner's chart", f"/devices/{found.miner.id}/history/?last=5m", None),
        ("rack's chart", "/miners/history/?site=/north/&last=1d", None),
        ("rollouts", "/rollouts/", None),
        ("rollout", f"/rollouts/{found.rollout.id}/", None),
        ("failed cells", f"/rollouts/{found.rollout.id}/?show=failed", None),
        ("rollout's plan", f"/rollouts/{found.planned}/plan/", None),
        ("rollout: what", "/rollouts/new/", None),
        ("rollout: whom", "/rollouts/new/?operation=miners.power.set&kind=miner", for_whom),
        ("rollout: phases", "/rollouts/new/?operation=miners.power.set&kind=miner", in_phases),
        ("schedules", "/schedules/", None),
        ("schedule form", "/schedules/new/?operation=fleet.trial.set", previewed),
        ("curtailments", "/curtailments/", None),
        ("curtailment", f"/curtailments/{found.curtailment.id}/", None),
        ("new curtailment", "/curtailments/new/", curtailed),
        ("approvals", "/approvals/", None),
        ("approval", f"/approvals/{found.approval.id}/", None),
        ("audit", "/audit/", None),
        ("assistants", "/assistants/", None),
        ("audit entry", "/audit/", unfold),
        ("actions", "/operations/", None),
        ("form", change, None),
        ("form with mistakes", change, mistaken),
        ("curl", change, copied),
        ("result", change, changed),
        ("plan", wipe, planned),
        ("search page", "/search/?q=core", None),
        ("search", "/", searched),
        ("shortcuts", "/", lambda page: page.keyboard.press("?")),
        ("preferences", "/preferences/", None),
        ("not found", "/devices/01a1fb57-d83c-735c-a8e6-a5d9a30c714b/", None),
        ("nowhere", "/nowhere/", None),
        ("bad request", "/trial/400/", None),
        ("forbidden", "/trial/403/", None),
        ("broken", "/trial/500/", None),
        ("reference", "/api/docs/", None),
        ("failures", "/api/docs/failures", None),
    ]


OFFICE = ("/admin/", "/admin/fleet/device/", "/admin/jobs/job/", "/admin/audit/auditlog/")


def visit(page: Page, address: str, one: Visit) -> None:
    """Open a page and press what is to be pressed."""
    _, path, press = one
    page.goto(address + path)
    if press:
        press(page)


def opened(page: Page) -> None:
    page.locator("details summary").first.click()
    expect(page.locator("[data-reading]").first).to_contain_text("dB")


def tick_all(page: Page) -> None:
    page.locator("[data-all]").check()
    expect(page.locator("#batch")).to_contain_text("17 chosen")


def ticked(page: Page) -> None:
    page.locator("[data-all]").check()
    expect(page.locator("input[name=find]:checked")).to_have_count(2)


def batch(page: Page) -> None:
    tick_all(page)
    page.click("#batch button[value='fleet.device.tag']")
    expect(page.locator("main")).to_contain_text("17 devices chosen")


def for_whom(page: Page) -> None:
    page.fill("#in-watts", "2800")
    page.click("button[value=next]")
    expect(page.locator("#found")).to_contain_text("devices would be in it")


def in_phases(page: Page) -> None:
    for_whom(page)
    page.click("#whom button[value=next]")
    expect(page.locator("fieldset.phase").first).to_be_visible()


def previewed(page: Page) -> None:
    expect(page.locator("#preview li")).to_have_count(5)


def curtailed(page: Page) -> None:
    page.fill("#site", "/north/")
    page.fill("#kw", "6")
    page.click("button[value=preview]")
    expect(page.locator(".blast")).to_contain_text("would be paused")


def asked(page: Page) -> None:
    expect(page.locator("#zones [role=alert]")).to_be_visible()


def counted(page: Page) -> None:
    expect(page.locator("#cost dl")).to_contain_text("values a second")


def unfold(page: Page) -> None:
    page.locator("details.entry summary").first.click()


def mistaken(page: Page) -> None:
    page.fill("#in-value", "5")
    page.fill("#in-points", "{")
    page.click("button[value=run]")
    expect(page.locator(".wrong")).to_contain_text("is not JSON")


def copied(page: Page) -> None:
    page.fill("#in-value", "5")
    page.click("button[value=copy]")
    expect(page.locator("#as-curl")).to_contain_text("curl -X POST")


def changed(page: Page) -> None:
    page.fill("#in-value", "5")
    page.click("button[value=run]")
    expect(page.locator("h2:has-text('Result')")).to_be_visible()


def planned(page: Page) -> None:
    page.click("button[value=run]")
    expect(page.locator("#typed")).to_be_visible()


def searched(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("core")
    expect(page.locator("#palette-hits [role=option]").first).to_contain_text("Core")
