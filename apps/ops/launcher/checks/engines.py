"""Checks of database and cache: do the given ones answer, can the embedded ones run here."""

import subprocess
import sys
from pathlib import Path

from apps.ops.launcher.checks.finding import Finding, fail, last_words, ok, warn
from apps.ops.launcher.engines import binaries
from apps.ops.launcher.engines.account import can_enter, database_account
from apps.ops.launcher.engines.place import SYSTEM_HOME
from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.options import Options
from apps.ops.launcher.sockets import usable

CONNECT_DATABASE = "import psycopg; psycopg.connect(input(), connect_timeout=3).close()"
CONNECT_CACHE = "import redis; redis.Redis.from_url(input(), socket_connect_timeout=3).ping()"
"""Run apart, because the doctor also examines machines on which no client is installed."""


def postgres(options: Options) -> Finding:
    if options.database_url:
        return _given("PostgreSQL", "DATABASE_URL", options.database_url, CONNECT_DATABASE)
    return ok("PostgreSQL", _version(binaries.postgres_programs() / "bin" / "postgres"))


def valkey(options: Options) -> Finding:
    if options.redis_url:
        return _given("Valkey", "REDIS_URL", options.redis_url, CONNECT_CACHE)
    return ok("Valkey", _version(binaries.valkey_server()))


def postgres_account(options: Options) -> Finding:
    account = None if options.database_url else database_account()
    if account is None:
        return ok("database account", "as this user")
    parent = _nearest(options.state.root)
    if not can_enter(account, parent):
        text = f"{account.name} cannot reach {options.state.root}; data goes below {SYSTEM_HOME}"
        return ok("database account", text)
    return ok("database account", f"{account.name}, because PostgreSQL does not run as root")


def socket_paths(options: Options) -> Finding:
    folder = options.state.postgres / "sock"
    if usable(folder):
        return ok("socket paths", "short enough")
    return warn("socket paths", f"{folder} is too long or unusual; a folder in /tmp stands in")


def _given(subject: str, name: str, url: str, connect: str) -> Finding:
    """Whether the server a setting names can be reached and lets us in."""
    asked = subprocess.run(  # noqa: S603 - one of the two above
        [sys.executable, "-c", connect],
        input=url,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    if asked.returncode:
        said = last_words(asked.stderr)
        mend = f"start that server, correct {name}, or unset it to use the embedded one"
        return fail(subject, f"the one {name} names does not answer: {said}", mend)
    return ok(subject, f"the one {name} names answers; the embedded one is not used")


def _version(program: Path) -> str:
    """What the program says of itself: the one proof that it runs on this machine."""
    asked = subprocess.run(  # noqa: S603 - the wheel's program
        [str(program), "--version"], capture_output=True, text=True, check=False, timeout=20
    )
    if asked.returncode:
        raise LaunchError(f"{program} does not run here: {asked.stderr.strip()[:200]}")
    return asked.stdout.strip()


def _nearest(path: Path) -> Path:
    """The path itself, or its closest ancestor that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())
