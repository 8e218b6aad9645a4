"""A PostgreSQL whose database is migrated already, made once for this code and copied after that.

Migrating an empty database takes longer than most tests do, and a run of the suite needs a dozen:
one for each of its workers, and one for each plane. Whoever comes first makes the data directory
as the launcher does, with initdb and `migrate`, while the others wait for it; it lies in pytest's
cache folder until the code changes or the day, for which partitions are made.
"""

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from apps.ops.launcher import environment, migrated, secret_files, up
from apps.ops.launcher.commands import Commands
from apps.ops.launcher.engines import bootstrap_sql, postgres
from apps.ops.launcher.engines.account import Account, database_account
from apps.ops.launcher.engines.place import settle
from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.logs import tail
from apps.ops.launcher.process import Phase, Spec
from apps.ops.launcher.state import CHECKOUT, State
from apps.ops.launcher.supervisor import Supervisor

CACHE: Final = CHECKOUT / ".pytest_cache" / "database"
SECONDS: Final = 60.0


def temporary_state() -> Path:
    """A new state directory, short, and passable for the account the database runs as."""
    folder = Path(tempfile.mkdtemp(prefix="cp-", dir="/tmp"))
    folder.chmod(0o711)
    return folder


def put(state: State) -> None:
    """Gives a new state directory the migrated database, and the mark by which `up` knows it."""
    account = database_account()
    place = settle(state.postgres, account)
    with _made() as made:
        draft = place.data.with_name("data.copy")
        shutil.copytree(made / "data", draft)
        shutil.copyfile(made / "migrated", state.migrated)
    _hand_over(draft, account)
    draft.rename(place.data)


@contextmanager
def _made() -> Iterator[Path]:
    """The folder with the data directory, which nobody removes during the block."""
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = CACHE / _key()
    with (CACHE / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        while not folder.exists():
            fcntl.flock(held, fcntl.LOCK_EX)
            if not folder.exists():  # others may have come between
                _make(folder)
            fcntl.flock(held, fcntl.LOCK_SH)
        yield folder


def _key() -> str:
    """What the database depends on: our code, the versions of others', this Python and the day."""
    digest = hashlib.sha256(f"{sys.version}{datetime.now(UTC):%Y%m%d}".encode())
    for path in migrated.sources(CHECKOUT):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _make(folder: Path) -> None:
    for old in CACHE.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    state = State(temporary_state())
    try:
        state.prepare()
        draft = Path(tempfile.mkdtemp(dir=CACHE))
        shutil.copytree(_migrated(state), draft / "data")
        shutil.copyfile(state.migrated, draft / "migrated")
        draft.rename(folder)
    finally:
        shutil.rmtree(state.postgres.resolve(), ignore_errors=True)
        shutil.rmtree(state.root, ignore_errors=True)


def _migrated(state: State) -> Path:
    """Makes a server's data directory with all tables, and stops the server again."""
    environ = environment.inherited(os.environ, state)
    server = postgres.prepare(state.postgres, environ, postgres.THROWAWAY)
    supervisor = Supervisor(state, stop_by=dict.fromkeys(Phase, SECONDS))
    try:
        supervisor.start(server.spec(environ))
        admin, owner = server.url("postgres", "postgres"), server.url(bootstrap_sql.OWNER)
        answers = partial(bootstrap_sql.answers, admin)
        supervisor.wait(answers, SECONDS, "PostgreSQL", "postgres")
        bootstrap_sql.apply(admin)
        supervisor.run(_migrate(state, environ, owner), up.MIGRATE_SECONDS)
        state.migrated.write_text(migrated.fingerprint(CHECKOUT, owner))
    finally:
        supervisor.stop()
    if (server.place.data / "postmaster.pid").exists():
        raise LaunchError(f"PostgreSQL did not stop. {tail(state.log, 'postgres')}")
    return server.place.data


def _migrate(state: State, environ: Mapping[str, str], owner: str) -> Spec:
    given = {
        **secret_files.ensure(state.secrets, {}),
        "DATABASE_URL": owner,
        "DATABASE_OWNER_URL": owner,
        "STATE_DIR": str(state.root),
        "ENVIRONMENT": "test",
    }
    argv = Commands().migrate()
    return Spec(name="migrate", argv=argv, environ={**environ, **given}, cwd=CHECKOUT)


def _hand_over(folder: Path, account: Account | None) -> None:
    """To the account that PostgreSQL runs as."""
    if account is None:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.uid, account.gid)
