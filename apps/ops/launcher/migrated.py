"""Knows whether the database is as this code left it, so that a warm start need not migrate.

To find nothing to do, `migrate` loads the whole product: two seconds of every start.
"""

import hashlib
from pathlib import Path

import psycopg
from psycopg import errors

SOURCES = ("apps/**/*.py", "controlplane/**/*.py", "requirements/*.txt")
"""What decides about tables, roles and checks: our code, and the versions of everybody else's."""
APPLIED = "SELECT app, name, applied FROM django_migrations ORDER BY id"
"""The times make it the mark of one database: of no other, and of none restored to before."""


def fingerprint(checkout: Path, owner_url: str) -> str:
    """Of the code, and of what the database says was applied to it."""
    digest = hashlib.sha256()
    for path in sources(checkout):
        digest.update(str(path.relative_to(checkout)).encode())
        digest.update(path.read_bytes())
    digest.update(repr(_applied(owner_url)).encode())
    return digest.hexdigest()


def sources(checkout: Path) -> list[Path]:
    """The files that decide, in an order that is always the same."""
    return [path for pattern in SOURCES for path in sorted(checkout.glob(pattern))]


def is_current(mark: Path, found: str) -> bool:
    """Whether the last migration left this very fingerprint."""
    return mark.is_file() and mark.read_text() == found


def _applied(owner_url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(owner_url, connect_timeout=5) as connection:
        try:
            return connection.execute(APPLIED).fetchall()
        except errors.UndefinedTable:
            return []
