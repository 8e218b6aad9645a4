"""A real Chromium in front of a real server on the test database."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import BrowserContext, Page

from apps.accounts.models import Tenant
from tests.browser import scene
from tests.support import chromium, factories
from tests.unit.live import serving


@pytest.fixture(scope="session")
def address(django_db_setup: None) -> Iterator[str]:
    """Where the console is."""
    with serving.server("uvicorn", "tests.browser.application:application") as url:
        yield url


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """One Chromium a module: its loop holds the thread, which asynchronous tests need too."""
    with chromium.browser(tmp_path_factory.mktemp("chromium")) as context:
        yield context


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return factories.tenant("north", batch_threshold=10)


@pytest.fixture
def found(tenant: Tenant) -> SimpleNamespace:
    """A night shift's worth of rows."""
    return scene.play(tenant)


@pytest.fixture
def enter(address: str, browser: BrowserContext, tenant: Tenant) -> Iterator[Callable[..., Page]]:
    """Log somebody new in through the form; every complaint of the browser fails the test."""
    complaints: list[str] = []
    pages: list[Page] = []

    def log_in(
        role: str = "operator", username: str | None = None, *, superuser: bool = False
    ) -> Page:
        user = factories.user(tenant, role, username=username)
        user.is_superuser = user.is_staff = superuser
        user.save(update_fields=["is_superuser", "is_staff"])
        page = chromium.log_in(browser, address, user.username, factories.PASSWORD)
        chromium.listen(page, complaints)
        pages.append(page)
        return page

    yield log_in
    for page in pages:
        page.close()
    assert complaints == []
