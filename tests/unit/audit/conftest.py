"""Evidence written by calls through the door."""

from collections.abc import Iterator

import pytest

from tests.support import verbs


@pytest.fixture
def world() -> Iterator[verbs.World]:
    with verbs.catalogue() as made:
        yield made
