"""A person in front of the console, a device, and operations to press."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from apps.accounts.models import Tenant, User
from apps.fleet.models import Device
from apps.operations import catalogue
from tests.support import factories
from tests.unit.console import trials


@pytest.fixture(autouse=True)
def _console(settings, db) -> Iterator[None]:
    settings.ROOT_URLCONF = "tests.unit.console.urls"
    before = trials.install_trials()
    trials.DONE.clear()
    yield
    catalogue.install(before)


@pytest.fixture
def tenant() -> Tenant:
    return factories.tenant()


@pytest.fixture
def device(tenant: Tenant) -> Device:
    return factories.device(tenant, name="Lobby Core", site_path="/plant/hall-a/")


@pytest.fixture
def login(tenant: Tenant) -> Callable[..., Client]:
    """A browser in which somebody new is logged in."""

    def enter(role: str = "operator", *, of: Tenant | None = None, site_path: str = "/") -> Client:
        return browser_of(factories.user(of or tenant, role, site_path=site_path))

    return enter


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator(login: Callable[..., Client]) -> Client:
    return login("operator")


@pytest.fixture
def engineer(login: Callable[..., Client]) -> Client:
    return login("engineer")
