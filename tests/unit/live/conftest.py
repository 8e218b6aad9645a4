"""A plant with readers: two tenants, their keys, and a server to listen to."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from apps.accounts.authenticate import forget_all
from apps.accounts.models import Tenant
from apps.events.publish import publish
from apps.events.types import DeviceFound
from apps.kernel.ids import new_id
from tests.support import factories
from tests.unit.live import serving


@pytest.fixture(scope="session")
def uvicorn(django_db_setup: None) -> Iterator[str]:
    """One server for the tests that need no other."""
    with serving.server("uvicorn", TEST_HEARTBEAT="0.5") as url:
        yield url


@pytest.fixture
def plant(transactional_db: None) -> Tenant:
    """A tenant whose rows are really committed, so that the server sees them."""
    forget_all()
    return factories.tenant()


@pytest.fixture
def key_of(plant: Tenant) -> Callable[..., dict[str, str]]:
    """Headers of a new user's key."""

    def make(role: str = "viewer", of: Tenant | None = None, **fields: Any) -> dict[str, str]:
        return {"X-API-Key": factories.api_key(factories.user(of or plant, role, **fields))}

    return make


@pytest.fixture
def tell(plant: Tenant) -> Callable[..., None]:
    """Commits one event per name."""

    def event(
        *names: str, of: Tenant | None = None, path: str = "/plant/", device: Any = None
    ) -> None:
        for name in names:
            number = device or new_id()
            with transaction.atomic():
                publish(
                    DeviceFound(device_id=number, name=name),
                    tenant_id=(of or plant).id,
                    site_path=path,
                    device_id=number,
                )

    return event
