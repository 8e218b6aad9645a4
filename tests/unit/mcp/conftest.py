"""A tenant with keys of each role, and the scripted operations where a test asks for them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

from apps.accounts.authenticate import forget_all
from apps.accounts.models import Tenant
from apps.kernel.valkey import valkey
from tests.support import factories, verbs

KeyOf = Callable[..., str]


@pytest.fixture(autouse=True)
def _threads_keep_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection kept by an ended thread would keep the test database from being dropped."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    """Rows are committed: the face reads them in threads of its own."""
    forget_all()
    valkey().flushdb()
    return factories.tenant()


@pytest.fixture
def key_of(tenant: Tenant) -> KeyOf:
    """The text of a new user's API key."""

    def make(role: str = "operator", of: Tenant | None = None, *, site_path: str = "/") -> str:
        if role == "agent":
            person = factories.user(of or tenant, site_path=site_path)
            return factories.api_key(factories.agent(person, site_path=site_path))
        return factories.api_key(factories.user(of or tenant, role, site_path=site_path))

    return make


@pytest.fixture
def world() -> Iterator[verbs.World]:
    with verbs.catalogue() as made:
        yield made


@pytest.fixture(params=["thin", "sdk"])
def path(request: pytest.FixtureRequest, settings: Any) -> str:
    """Each of the two paths through the face; whoever calls must not see which."""
    settings.MCP_THIN_PATH = request.param == "thin"
    return str(request.param)
