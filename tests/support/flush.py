"""Lets `transactional_db` empty the append-only tables between tests; nothing else may.

Loaded as a pytest plugin (`-p tests.support.flush`). Their triggers refuse TRUNCATE, which is
how Django flushes a database after a test that really commits.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

GUARDED = ("audit_auditlog", "audit_seal")


@pytest.fixture(scope="session", autouse=True)
def _flush_empties_evidence() -> Iterator[None]:
    """Takes the triggers off within the flush's own transaction."""
    # Imported here because plugins load before Django's settings may be read.
    from django.db.backends.postgresql import operations

    plain = operations.DatabaseOperations.execute_sql_flush

    def execute(self: operations.DatabaseOperations, sql_list: Iterable[str]) -> Any:
        off = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in GUARDED]
        on = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in GUARDED]
        return plain(self, [*off, *sql_list, *on])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations.DatabaseOperations, "execute_sql_flush", execute)
        yield
