"""A world of scripted operations for every test of the door."""

from collections.abc import Iterator

import pytest

from apps.accounts.models import Tenant
from tests.support import factories, verbs


@pytest.fixture
def world() -> Iterator[verbs.World]:
    with verbs.catalogue() as made:
        yield made


@pytest.fixture
def tenant(db: None) -> Tenant:
    return factories.tenant()
