"""Nobody's limit is used up, and nobody is remembered."""

import pytest

from apps.accounts.authenticate import forget_all
from apps.kernel.valkey import valkey


@pytest.fixture(autouse=True)
def fresh() -> None:
    valkey().flushdb()
    forget_all()
