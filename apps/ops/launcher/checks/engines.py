"""Checks of the embedded database and cache: can their programs run here, as whom and where."""

import subprocess
from pathlib import Path

from apps.ops.launcher.checks.finding import Finding, ok, warn
from apps.ops.launcher.engines import binaries
from apps.ops.launcher.engines.account import can_enter, database_account
from apps.ops.launcher.engines.place import SYSTEM_HOME
from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.options import Options
from apps.ops.launcher.sockets import usable


def postgres(options: Options) -> Finding:
    if options.database_url:
        return ok("PostgreSQL", "DATABASE_URL names one; the embedded one is not used")
    return ok("PostgreSQL", _version(binaries.postgres_programs() / "bin" / "postgres"))


def valkey(options: Options) -> Finding:
    if options.redis_url:
        return ok("Valkey", "REDIS_URL names one; the embedded one is not used")
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
