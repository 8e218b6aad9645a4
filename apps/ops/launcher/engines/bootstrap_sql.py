"""Gives a PostgreSQL its roles, database and rights; the embedded one and a container's alike.

`python -m apps.ops.launcher.engines.bootstrap_sql` does it where DATABASE_ADMIN_URL points,
with the passwords of DATABASE_URL and DATABASE_OWNER_URL (each also as NAME_FILE).
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

OWNER = "controlplane_owner"
RUNTIME = "controlplane_app"
DATABASE = "controlplane"

RIGHTS: tuple[LiteralString, ...] = (
    # The owner hands tables over to the runtime role, so it must be a member of it.
    "GRANT {runtime} TO {owner}",
    "GRANT CONNECT ON DATABASE {database} TO {runtime}",
    # The runtime role makes partitions of the tables it owns.
    "GRANT USAGE, CREATE ON SCHEMA public TO {runtime}",
    "GRANT USAGE, CREATE ON SCHEMA public TO {owner}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} "
    "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {runtime}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE, SELECT ON SEQUENCES TO {runtime}",
)


def answers(admin_url: str) -> bool:
    """Whether the server accepts connections now."""
    try:
        psycopg.connect(admin_url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def apply(
    admin_url: str,
    *,
    passwords: Mapping[str, str] | None = None,
    owner_may_create_databases: bool = False,
) -> None:
    """Makes what is missing; running it again changes nothing but the passwords, if given.

    `admin_url` names the superuser and the database `postgres`.
    """
    with psycopg.connect(admin_url, autocommit=True, connect_timeout=5) as connection:
        for role in (OWNER, RUNTIME):
            _make_role(connection, role)
        for role, password in (passwords or {}).items():
            set_password = sql.SQL("ALTER ROLE {} PASSWORD {}")
            connection.execute(set_password.format(sql.Identifier(role), sql.Literal(password)))
        if owner_may_create_databases:
            connection.execute(_named("ALTER ROLE {owner} CREATEDB"))
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not found.fetchone():
            connection.execute(_named("CREATE DATABASE {database} OWNER {owner}"))
    grant(_in_database(admin_url, DATABASE))
    if owner_may_create_databases:
        # Test databases are copies of template1: they get the same rights.
        grant(_in_database(admin_url, "template1"))


def grant(admin_url: str) -> None:
    """The rights of both roles in the database the address names."""
    with psycopg.connect(admin_url, autocommit=True, connect_timeout=5) as connection:
        for statement in RIGHTS:
            connection.execute(_named(statement))


def _make_role(connection: psycopg.Connection, role: str) -> None:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if not found.fetchone():
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))


def _named(statement: LiteralString) -> sql.Composed:
    return sql.SQL(statement).format(
        owner=sql.Identifier(OWNER),
        runtime=sql.Identifier(RUNTIME),
        database=sql.Identifier(DATABASE),
    )


def _in_database(url: str, database: str) -> str:
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{database}?{query}"


def main(environ: Mapping[str, str]) -> int:
    passwords = {}
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        address = conninfo_to_dict(_setting(environ, name))
        passwords[str(address["user"])] = str(address["password"])
    apply(_setting(environ, "DATABASE_ADMIN_URL"), passwords=passwords)
    return 0


def _setting(environ: Mapping[str, str], name: str) -> str:
    path = environ.get(f"{name}_FILE")
    return Path(path).read_text().strip() if path else environ[name]


if __name__ == "__main__":
    sys.exit(main(os.environ))
