"""Empties the test database after a test that really commits, without starting it all anew.

Django's own flush truncates every table, which makes several files anew for each, and then fires
`post_migrate`, which makes every permission and role again: ten times the work of a short test.
Here rows are deleted where there are any, and what the migrations left is kept, or put back if a
test changed it. Tables that Django does not manage are emptied as well.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase
from psycopg import sql

#: Their triggers refuse whatever is no insert; the owner of a table may turn its triggers off.
GUARDED: Final = ("audit_auditlog", "audit_seal")
#: What the migrations themselves write down is no test's business.
APART: Final = ("django_migrations",)

TABLES: Final = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""
"""Partitions are reached through their parents."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A table in which migrations leave rows: those rows as COPY writes them."""

    name: str
    rows: bytes


class Emptier:
    """Knows the tables of the database as its migrations left them."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
            names = [row[0] for row in cursor.fetchall() if row[0] not in APART]
            filled = [name for name in names if _rows(cursor, name)]
            self._kept = [Kept(name, _rows(cursor, name)) for name in filled]
        self._emptied = _script([name for name in names if name not in filled])
        self._locked = _named("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", *names)

    def empty(self) -> None:
        """Leaves what the migrations left. Waits for those who are writing, as TRUNCATE does."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(self._locked)
            for kept in self._kept:
                if _rows(cursor, kept.name) != kept.rows:
                    _put_back(cursor, kept)
            cursor.execute(self._emptied)


def _script(names: Sequence[str]) -> sql.Composed:
    """One deletion a table. References are checked at the end, when all rows are gone."""
    guarded = [name for name in names if name in GUARDED]
    return sql.SQL(";").join(
        [
            *(_named("ALTER TABLE {} DISABLE TRIGGER USER", name) for name in guarded),
            *(_named("DELETE FROM {}", name) for name in names),
            # A table with checks to come cannot be altered.
            sql.SQL("SET CONSTRAINTS ALL IMMEDIATE"),
            *(_named("ALTER TABLE {} ENABLE TRIGGER USER", name) for name in guarded),
        ]
    )


def _named(statement: str, *names: str) -> sql.Composed:
    tables = sql.SQL(", ").join(map(sql.Identifier, names))
    return sql.SQL(statement).format(tables)  # type: ignore[arg-type]  # our own constants


def _rows(cursor: Any, name: str) -> bytes:
    order = sql.SQL("COPY (SELECT * FROM {} ORDER BY 1) TO STDOUT").format(sql.Identifier(name))
    with cursor.copy(order) as rows:
        return b"".join(bytes(part) for part in rows)


def _put_back(cursor: Any, kept: Kept) -> None:
    cursor.execute(_named("DELETE FROM {}", kept.name))
    with cursor.copy(_named("COPY {} FROM STDIN", kept.name)) as rows:
        rows.write(kept.rows)


_emptiers: list[Emptier] = []


def empty() -> None:
    """Leaves the test database as its migrations left it."""
    _emptiers[-1].empty()


@contextmanager
def instead_of_truncate(emptier: Emptier) -> Iterator[None]:
    """Each test that commits is followed by `empty` during the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty())
        _emptiers.append(emptier)
        yield
        _emptiers.pop()
