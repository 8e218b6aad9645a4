"""Whether this process may be sent requests: database, its tables, and Valkey."""

from dataclasses import dataclass
from typing import Final

import redis
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from apps.kernel.valkey import valkey

OK: Final = "ok"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What each part said; `ok` for all means ready."""

    database: str
    migrations: str
    valkey: str

    @property
    def ready(self) -> bool:
        """Whether nothing is missing."""
        return {self.database, self.migrations, self.valkey} == {OK}


_migrated: list[bool] = []


def look() -> Readiness:
    """Ask all three. The words are for anybody, so they name no address."""
    database = _database()
    migrations = _migrations() if database == OK else "unknown"
    return Readiness(database, migrations, _valkey())


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "PostgreSQL does not answer."
    return OK


def _migrations() -> str:
    """Tables are never taken back while a process runs, so a yes is remembered."""
    if not _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "Run 'manage.py migrate'."
        _migrated.append(True)
    return OK


def _valkey() -> str:
    try:
        valkey().ping()
    except redis.RedisError:
        return "Valkey does not answer."
    return OK
