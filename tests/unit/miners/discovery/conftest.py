"""A declared range, of which eight addresses may be called."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet.services import range_save
from apps.kernel.clock import ManualClock
from tests.support import factories
from tests.support.miners import own_network
from tests.support.minersite import MinerSite
from tests.support.yard import HALL, LOGIN, Yard


@pytest.fixture
def yard(site: MinerSite, clock: ManualClock, tenant: Tenant, configure: Any) -> Yard:
    hosts = list(own_network().hosts())[:8]
    configure(device_networks=tuple(f"{host}:50051|4028" for host in hosts))
    place = factories.site(tenant, HALL)
    row, _ = range_save(
        site=place,
        network=str(own_network()),
        driver_name="braiins",
        secrets=LOGIN,
        saved_by="admin",
    )
    return Yard(site, clock, factories.actor_of("engineer", tenant), row)
