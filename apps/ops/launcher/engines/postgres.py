"""Runs the embedded PostgreSQL: initdb, the server's command line, and its first objects."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from apps.ops.launcher.engines.account import Account, database_account
from apps.ops.launcher.engines.binaries import copy_postgres, postgres_programs
from apps.ops.launcher.engines.orphans import end_orphans
from apps.ops.launcher.engines.place import Place, settle
from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.process import Phase, Spec
from apps.ops.launcher.sockets import socket_folder, usable

MAJOR = "18"
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
"""For data nobody will miss: test runs."""


@dataclass(frozen=True)
class Postgres:
    """An embedded server that is ready to be started."""

    programs: Path
    place: Place
    sockets: Path
    account: Account | None
    settings: Mapping[str, str]

    def url(self, role: str, database: str = "controlplane") -> str:
        """A connection address through the private socket, by which no password is asked."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def spec(self, environ: Mapping[str, str]) -> Spec:
        """How the server is started; SIGINT is its fast shutdown."""
        options = [
            part for name in self.settings for part in ("-c", f"{name}={self.settings[name]}")
        ]
        program = str(self.programs / "bin" / "postgres")
        return Spec(
            name="postgres",
            argv=[program, "-D", str(self.place.data), "-k", str(self.sockets), *options],
            environ=_clean(environ),
            cwd=Path("/"),
            account=self.account,
            stop_signal=signal.SIGINT,
            phase=Phase.STORE,
            before=partial(end_orphans, self.place.data),
        )

    def initialise(self, environ: Mapping[str, str]) -> None:
        """Makes the data directory where there is none; an interrupted attempt is thrown away."""
        version = self.place.data / "PG_VERSION"
        if version.exists():
            _check_version(version.read_text().strip(), self.place.data)
            return
        draft = self.place.data.with_name("data.draft")
        shutil.rmtree(draft, ignore_errors=True)
        program = str(self.programs / "bin" / "initdb")
        arguments = ["--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
        access = ["--auth-local=trust", "--auth-host=reject", "-D", str(draft)]
        _run([program, *arguments, *access], self.account, _clean(environ))
        draft.rename(self.place.data)


def prepare(
    link: Path, environ: Mapping[str, str], settings: Mapping[str, str] | None = None
) -> Postgres:
    """Everything a server needs before its first start, below `link` (see place.settle)."""
    account = database_account()
    place = settle(link, account)
    programs = postgres_programs()
    if account:
        place.programs.mkdir(mode=0o755, exist_ok=True)
        programs = copy_postgres(place.programs)
    sockets = _socket_folder(place, account, environ)
    server = Postgres(programs, place, sockets, account, {**SETTINGS, **(settings or {})})
    server.initialise(environ)
    return server


def _socket_folder(place: Place, account: Account | None, environ: Mapping[str, str]) -> Path:
    """Only the plane's user and the database's account get in: the socket trusts who reaches it."""
    folder = socket_folder(place.sockets, environ)
    if account is None:
        return folder
    if not usable(place.sockets):
        folder.chmod(0o711)
        folder = folder / "pg"
        folder.mkdir(mode=0o700, exist_ok=True)
    os.chown(folder, account.uid, account.gid)
    return folder


def _check_version(found: str, data: Path) -> None:
    if found != MAJOR:
        raise LaunchError(
            f"{data} was made by PostgreSQL {found}; this is {MAJOR}. Dump it with the old "
            "programs, move it away, start, and restore the dump."
        )


def _clean(environ: Mapping[str, str]) -> dict[str, str]:
    """Without the caller's PG variables, which would override what the command line says."""
    return {name: value for name, value in environ.items() if not name.startswith("PG")}


def _run(argv: Sequence[str], account: Account | None, environ: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - the launcher's own command
            argv,
            cwd="/",
            env=dict(environ),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
    except subprocess.TimeoutExpired:
        raise LaunchError(
            "PostgreSQL's initdb did not finish in 90 s: is the disk stuck?"
        ) from None
    if done.returncode:
        raise LaunchError(f"PostgreSQL's initdb failed:\n{done.stdout}{done.stderr}")
