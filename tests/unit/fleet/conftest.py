"""What the tests of fleet share: the echo device, its driver, and fleet's own catalogue."""

from collections.abc import Iterator
from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet import drivers, pollers, sessions
from apps.fleet.models import Device
from apps.fleet.operations import OPERATIONS
from apps.kernel.valkey import valkey
from apps.operations import builtin, catalogue
from tests.support import factories
from tests.unit.fleet.support import EchoDevice, EchoDriver, EchoPoller


@pytest.fixture(autouse=True)
def clean_stores() -> Iterator[None]:
    """Leases and breakers of one test are not the next one's."""
    valkey().flushdb()
    yield
    valkey().flushdb()


@pytest.fixture(autouse=True)
def driver_table() -> Iterator[None]:
    known = dict(drivers._drivers)
    drivers.install([EchoDriver()])
    yield
    drivers._drivers.clear()
    drivers._drivers.update(known)


@pytest.fixture
def door() -> Iterator[None]:
    """A catalogue of the built-in operations and fleet's."""
    before = list(catalogue._installed)
    made = catalogue.Catalogue()
    made.add((*builtin.OPERATIONS, *OPERATIONS))
    catalogue.install(made.freeze())
    yield
    catalogue._installed[:] = before


@pytest.fixture
def echo() -> Iterator[EchoDevice]:
    device = EchoDevice()
    yield device
    sessions.stop()
    device.stop()


@pytest.fixture
def poller(settings: Any) -> Iterator[EchoPoller]:
    """The poller of echo devices, which are split into two shards."""
    settings.CONFIG = settings.CONFIG.model_copy(update={"poller_shards": 2})
    known, made = dict(pollers._pollers), EchoPoller()
    pollers.install({"echo": made})
    yield made
    pollers.install(known)


@pytest.fixture
def tenant(db: None) -> Tenant:
    return factories.tenant()


@pytest.fixture
def allow(settings: Any) -> Any:
    """Sets the allow-list, and other settings by name."""

    def set_networks(*entries: str, **changes: Any) -> None:
        settings.CONFIG = settings.CONFIG.model_copy(update={"device_networks": entries, **changes})

    return set_networks


@pytest.fixture
def device(tenant: Tenant, echo: EchoDevice, allow: Any) -> Device:
    """The echo device as registered, reachable."""
    allow(f"{echo.host}:{echo.port}")
    return factories.device(
        tenant,
        driver="echo",
        name="Echo",
        address=echo.host,
        ports={"echo": echo.port},
        serial=echo.serial,
    )
