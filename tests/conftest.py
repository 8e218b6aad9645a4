"""What holds for every test: a property is not judged by how busy the machine is, and the database
is a copy of one that is migrated already."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings

from apps.ops.launcher.engines import bootstrap_sql
from tests.support import flush

settings.register_profile(
    "busy machine",
    parent=settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("busy machine")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """`migrate` then finds nothing to do; where servers are given, it does it all."""
    if not os.environ.get("TEST_DATABASE_URL"):
        connection.settings_dict["TEST"]["TEMPLATE"] = bootstrap_sql.DATABASE


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Tests that commit are followed by our own way to empty the database."""
    with django_db_blocker.unblock():
        emptier = flush.Emptier()
    with flush.instead_of_truncate(emptier):
        yield
