"""What the tests of the REST face share: a tenant, callers with keys, and scripted operations."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from apps.accounts.authenticate import forget_all
from apps.accounts.models import Tenant
from apps.kernel.valkey import valkey
from tests.support import factories, verbs


@pytest.fixture(autouse=True)
def clean_stores() -> Iterator[None]:
    """Remembered verdicts and limits of one test are not the next one's."""
    valkey().flushdb()
    forget_all()
    yield
    forget_all()


@pytest.fixture
def world() -> Iterator[verbs.World]:
    with verbs.catalogue() as made:
        yield made


@pytest.fixture
def tenant(db: None) -> Tenant:
    return factories.tenant()


@pytest.fixture
def as_role(tenant: Tenant) -> Callable[..., Client]:
    """A client that shows the key of a new user with a role."""

    def make(role: str = "operator", *, site_path: str = "/", of: Tenant | None = None) -> Client:
        key = factories.api_key(factories.user(of or tenant, role, site_path=site_path))
        return Client(raise_request_exception=False, headers={"X-API-Key": key})

    return make


@pytest.fixture
def anonymous() -> Client:
    return Client(raise_request_exception=False)
