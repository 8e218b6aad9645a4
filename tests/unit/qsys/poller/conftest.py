"""What every test of the poller needs: rows that commit, and no old breakers."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from apps.kernel.valkey import valkey


@pytest.fixture(autouse=True)
def _stores(transactional_db: None, settings: Any) -> Iterator[None]:
    valkey().flushdb()
    settings.CONFIG = settings.CONFIG
    yield
    # An outage may have cut this thread's connection.
    connection.close()
