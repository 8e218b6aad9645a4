"""What a Core's and a miner's page show: readings with their forms, and lines that are drawn."""

from datetime import timedelta

import pytest

from apps.accounts.models import Tenant
from apps.console.families import cores, miners
from apps.console.presenters import agent_choices
from apps.fleet.models import Device, DeviceKind, DeviceState
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.partitions import ensure
from apps.miners.models.firmware import FirmwareImage, ImageState
from apps.miners.models.sample import SAMPLES
from apps.miners.poller.harvest import Sample, copy_samples
from apps.qsys.models import Control, ControlValue, Core
from tests.support import factories


@pytest.fixture
def core(tenant: Tenant) -> Device:
    device = factories.device(tenant, name="Lobby", site_path="/plant/hall-a/")
    Core.system.create(device=device, design_code="one")
    DeviceState.objects.create(device=device, liveness="ok", summary={"state": "Active"})
    return device


@pytest.fixture
def miner(tenant: Tenant) -> Device:
    device = factories.device(tenant, kind=DeviceKind.MINER, site_path="/mine/r1/")
    summary = {"terahash": 101.5, "watts": 3068, "power_target_watts": 3000, "uptime_s": 7_300}
    DeviceState.objects.create(device=device, liveness="ok", summary=summary)
    return device


def control(device: Device, component: str, name: str, value: float, age: int = 0) -> Control:
    made = Control.system.create(
        device=device, component=component, name=name, type="Float", design_code="one"
    )
    at = clock.now() - timedelta(seconds=age)
    ControlValue.objects.create(control=made, at=at, number=value, string=f"{value}dB")
    return made


def actor(tenant: Tenant, role: str = "operator") -> Actor:
    return factories.actor_of(role, tenant)


def test_the_engine_speaks_for_itself(tenant: Tenant, core: Device) -> None:
    (engine,) = cores.readings(actor(tenant), core)
    assert (engine.key, engine.label, engine.value) == ("state", "Engine", "Active")


def test_the_gains_that_moved_last_are_drawn(tenant: Tenant, core: Device) -> None:
    for age, name in ((500, "Old"), (5, "New"), (50, "Middle")):
        control(core, f"{name} Gain", "gain", -1.0, age)
    lines = cores.history(actor(tenant), core)
    assert [line.label for line in lines] == ["New Gain", "Middle Gain"]
    assert all(line.stepped and line.unit == "dB" for line in lines)
    assert cores.history(actor(tenant), factories.device(tenant)) == ()


def test_a_miners_page_draws_what_the_poller_stored(tenant: Tenant, miner: Device) -> None:
    ensure(SAMPLES)
    now = clock.now()
    rows = [(30, 101.0, 3060), (20, 102.0, 3070)]
    copy_samples(
        [
            Sample(miner.id, now - timedelta(seconds=a), t, w, accepted=1, rejected=0)
            for a, t, w in rows
        ]
    )
    rate, power = miners.history(actor(tenant), miner)
    assert (rate.key, rate.values) == ("terahash", (101.0, 102.0))
    assert (power.key, power.values, power.unit) == ("watts", (3060.0, 3070.0), "W")
    assert rate.times == power.times


@pytest.mark.parametrize(("role", "settable"), [("operator", True), ("viewer", False)])
def test_a_miners_power_target_leads_to_its_form(
    tenant: Tenant, miner: Device, role: str, settable: bool
) -> None:
    found = {one.key: one for one in miners.readings(actor(tenant, role), miner)}
    assert bool(found["power_target_watts"].act) is settable
    assert found["uptime_s"].shape == "duration"
    assert found["watts"].act == ""


def test_only_good_images_of_the_own_tenant_are_offered(
    tenant: Tenant,
) -> None:
    for owner, state, version in (
        (tenant, ImageState.PUBLISHED, "26.08"),
        (tenant, ImageState.REJECTED, "26.09"),
        (factories.tenant(), ImageState.PUBLISHED, "26.10"),
    ):
        FirmwareImage.system.create(
            tenant_id=owner.id, version=version, sha256=version, size=1, state=state
        )
    assert [words for _, words in miners.image_choices(actor(tenant))] == ["26.08"]


def test_agents_are_chosen_by_whoever_may_stop_one(tenant: Tenant) -> None:
    robot = factories.agent(factories.user(tenant))
    factories.agent()
    chosen = agent_choices(factories.actor_of("operator", tenant))
    assert chosen == ((robot.username, robot.username),)
    assert agent_choices(factories.actor_of("viewer", tenant)) == ()
    assert agent_choices(factories.actor_of("operator", tenant, site_path="/a/")) == ()
