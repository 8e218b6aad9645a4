"""A small plant for tests of what assistants read: a Core with controls, a miner with a state."""

from dataclasses import dataclass
from datetime import timedelta

from apps.accounts.models import Tenant
from apps.fleet.models import Device, DeviceKind, DeviceState, Liveness
from apps.kernel import clock
from apps.miners.models import Miner
from apps.qsys.models import Control, ControlValue, Core
from tests.support import factories


@dataclass(frozen=True)
class Plant:
    """What there is."""

    core: Device
    miner: Device


def plant(tenant: Tenant) -> Plant:
    """Lobby Core with two components, and Miner 07 in another hall, silent for an hour."""
    core = factories.device(tenant, name="Lobby Core", site_path="/plant/hall-a/")
    Core.system.create(device=core, design="House", design_code="one", state="Active")
    for component, name, number in (
        ("Lobby Gain", "gain", -12.5),
        ("Lobby Gain", "mute", 0.0),
        ("Page/Router 1", "select.1", 2.0),
    ):
        made = Control.system.create(
            device=core, component=component, name=name, type="Float", design_code="one"
        )
        seen = clock.now() - timedelta(seconds=30)
        ControlValue.objects.create(control=made, at=seen, number=number, string=f"{number}dB")
    miner = factories.device(
        tenant, name="Miner 07", site_path="/plant/hall-b/", kind=DeviceKind.MINER
    )
    Miner.system.create(device=miner, status="Normal", power_target_watts=3_000)
    DeviceState.objects.create(
        device=miner, liveness=Liveness.LOST, seen_at=clock.now() - timedelta(hours=1)
    )
    return Plant(core, miner)
