"""What the tests of the miner operations share: simulated miners, devices, and short times."""

from collections.abc import Iterator
from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel import clock as clocks
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.miners.simulator import SimulatedMiner
from tests.support import factories
from tests.support.minersite import (
    MinerSite,
    entries_of,
    manual_clock,
    miner_site,
    registered,
)


@pytest.fixture
def clock() -> Iterator[ManualClock]:
    """Stands until a worker finds nothing to do, or a test moves it."""
    made = manual_clock()
    with clocks.using(made):
        yield made


@pytest.fixture
def site(clock: ManualClock) -> Iterator[MinerSite]:
    with miner_site(clock) as made:
        yield made
        sessions.stop()


@pytest.fixture
def configure(settings: Any) -> Any:
    """Sets settings by name."""

    def change(**values: Any) -> None:
        settings.CONFIG = settings.CONFIG.model_copy(update=values)

    return change


@pytest.fixture
def miner(site: MinerSite, configure: Any) -> SimulatedMiner:
    made = site.miner()
    configure(device_networks=entries_of(made), firmware_soak_seconds=10)
    return made


@pytest.fixture
def tenant(db: None) -> Tenant:
    return factories.tenant()


@pytest.fixture
def operator(tenant: Tenant) -> Actor:
    return factories.actor_of("operator", tenant)


@pytest.fixture
def engineer(tenant: Tenant) -> Actor:
    return factories.actor_of("engineer", tenant)


@pytest.fixture
def device(tenant: Tenant, miner: SimulatedMiner) -> Device:
    return registered(tenant, miner)
