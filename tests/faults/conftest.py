"""One running plane for a module of faults, with short waits; the states are the same."""

from collections.abc import Iterator

import pytest

from tests.flows.conftest import FAST
from tests.support.plane import Plane


@pytest.fixture(scope="module")
def plane() -> Iterator[Plane]:
    with Plane(environ=FAST) as running:
        yield running
