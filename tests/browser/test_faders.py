"""Faders, switches and meters in a real browser, in front of a simulated Core."""

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from playwright.sync_api import BrowserContext, Page, expect

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.events.frames import Frame, publish_frame
from apps.events.publish import publish
from apps.events.types import PolicyChanged
from apps.fleet import loop as device_loop
from apps.fleet.models import Device, DeviceState
from apps.qsys.models import Control, ControlPolicy, Core
from apps.qsys.simulator import Core as SimulatedCore
from apps.qsys.simulator import CoreHost, demo_design
from tests.browser.test_console import connected
from tests.support import chromium, factories
from tests.unit.live import serving

pytestmark = pytest.mark.browser


@pytest.fixture
def host() -> Iterator[CoreHost]:
    made = CoreHost(SimulatedCore(demo_design(60, 2)), "127.0.0.1", ports={"qrc": 0})
    device_loop.run(made.listen())
    yield made
    device_loop.run(made.stop())


@pytest.fixture
def core(tenant: Tenant, host: CoreHost) -> Device:
    device = factories.device(tenant, name="Lobby", address=host.address, ports=dict(host.ports))
    Core.system.create(device=device, design_code="one")
    DeviceState.objects.create(device=device, liveness="ok")
    made = {"device": device, "design_code": "one"}
    numbers = {"type": "Float", "minimum": -100.0, "maximum": 20.0, **made}
    Control.system.create(component="Lobby Gain", name="gain", **numbers)
    Control.system.create(component="Lobby Gain", name="mute", type="Boolean", **made)
    still = {"direction": "Read Only", "telemetry": True}
    Control.system.create(component="Meters 1", name="meter.1", **numbers, **still)
    return device


@pytest.fixture
def desk(browser: BrowserContext, core: Device, host: CoreHost) -> Iterator[Callable[..., Page]]:
    """The Core's page of somebody, behind a server that may reach the simulator."""
    allowed = f"{host.address}/32:{host.ports['qrc']}"
    program = "tests.browser.application:application"
    complaints: list[str] = []
    with serving.server("uvicorn", program, DEVICE_NETWORKS=allowed) as url:

        def opened(role: str = "operator") -> Page:
            user = factories.user(core.tenant, role)
            page = chromium.log_in(browser, url, user.username, factories.PASSWORD)
            chromium.listen(page, complaints)
            page.goto(f"{url}/devices/{core.id}/")
            connected(page)
            return page

        yield opened
    assert complaints == []


def frame(core: Device, control: Control, value: float, string: str) -> None:
    """What the poller says of a control."""
    one = {"id": control.id, "value": value, "string": string, "position": 0.5}
    values = {"at": "2026-09-01T20:14:00Z", "controls": [one]}
    publish_frame(Frame(core.tenant_id, core.id, core.site_path, "qsys.view", values))


def test_a_fader_is_moved_by_keys_and_shows_what_the_core_confirmed(
    desk: Callable[..., Page], core: Device, host: CoreHost
) -> None:
    page = desk()
    fader = page.get_by_role("slider", name="Lobby Gain")
    strip = page.locator("[data-control='gain']")
    frame(core, Control.system.get(device=core, name="gain"), -20.0, "-20.0dB")
    expect(fader).to_have_attribute("aria-valuetext", "-20.0dB")
    expect(fader).to_have_value("-20")
    fader.focus()
    for _ in range(12):
        page.keyboard.press("ArrowUp")
    expect(strip.locator("[data-asked]")).to_be_empty()
    expect(strip.locator("[data-reading]")).to_have_text("-14.0dB")
    expect(fader).to_have_attribute("aria-valuetext", "-14.0dB")
    assert host.core.control("Lobby Gain", "gain").value == -14.0
    sets = AuditLog.system.filter(operation="qsys.control.set", entry="intent")
    assert 1 <= sets.count() < 12, "a hand's movement is thinned, and ends with its last value"
    page.get_by_role("switch", name="Lobby Gain mute").press("Space")
    expect(page.get_by_role("switch", name="Lobby Gain mute")).to_be_checked()
    assert host.core.control("Lobby Gain", "mute").value == 1.0
    meter = page.get_by_role("meter", name="Meters 1 meter.1")
    frame(core, Control.system.get(device=core, name="meter.1"), -31.5, "-31.5dB")
    expect(page.locator("[data-control='meter.1'] strong")).to_have_text("-31.5dB")
    assert meter.evaluate("(node) => node.value") == -31.5
    page.close()


def test_a_refusal_brings_the_thumb_back_and_a_lock_takes_it_away(
    desk: Callable[..., Page], core: Device, host: CoreHost
) -> None:
    page = desk()
    fader, strip = page.get_by_role("slider"), page.locator("[data-control='gain']")
    frame(core, Control.system.get(device=core, name="gain"), -20.0, "-20.0dB")
    expect(fader).to_have_value("-20")
    policy = ControlPolicy.system.create(
        tenant=core.tenant, name="Quiet", controls=["gain"], maximum=-18.0
    )
    fader.focus()
    page.keyboard.press("End")
    expect(strip.get_by_role("alert")).to_contain_text("it may be at most -18, and 20 is not")
    expect(fader).to_have_value("-20")
    assert host.core.control("Lobby Gain", "gain").value == -20.0
    with transaction.atomic():
        ControlPolicy.system.filter(id=policy.id).update(protected=True, lock=True, name="lock")
        told = PolicyChanged(
            policy_id=policy.id, name="lock", place="all", change="locked", actor="ada"
        )
        publish(told, tenant_id=core.tenant_id, site_path="/")
    expect(fader).to_be_disabled()
    expect(page.locator("#desk .note")).to_contain_text("It is locked, by the lock 'lock'")
    page.close()
