"""The embedded engines run from their wheels, privately, and keep what they were given."""

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from apps.ops.launcher.engines import bootstrap_sql, postgres, valkey
from apps.ops.launcher.engines.account import Account, can_enter, database_account
from apps.ops.launcher.engines.place import settle
from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.logs import tail
from apps.ops.launcher.process import Child, Spec
from apps.ops.launcher.state import State
from tests.support.engines import until
from tests.support.mini import alive
from tests.support.template import temporary_state

ENVIRON = dict(os.environ)


@pytest.fixture(scope="module")
def state() -> Iterator[State]:
    state = State(temporary_state())
    state.prepare()
    yield state
    shutil.rmtree(state.root)


def run(spec: Spec, state: State, ready: object) -> Child:
    assert callable(ready)
    child = Child(spec, state.log)
    until(lambda: child.status() is not None or ready(), 30, lambda: tail(state.log, spec.name))
    assert child.status() is None, tail(state.log, spec.name)
    return child


def stop(child: Child) -> int | None:
    child.ask_to_stop()
    until(lambda: child.status() is not None, 10, lambda: f"{child.spec.name} goes on")
    return child.status()


@pytest.fixture(scope="module")
def server(state: State) -> Iterator[postgres.Postgres]:
    server = postgres.prepare(state.postgres, ENVIRON, postgres.THROWAWAY)
    admin = server.url("postgres", "postgres")
    child = run(server.spec(ENVIRON), state, lambda: bootstrap_sql.answers(admin))
    bootstrap_sql.apply(admin)
    bootstrap_sql.apply(admin)  # a second start changes nothing
    yield server
    assert stop(child) == 0


def test_first_objects_have_the_right_owners(server: postgres.Postgres) -> None:
    with psycopg.connect(server.url("controlplane_owner")) as connection:
        owner = connection.execute(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'controlplane'"
        ).fetchone()
        roles = connection.execute(
            "SELECT rolname, rolsuper, rolcreatedb FROM pg_roles "
            "WHERE rolname LIKE 'controlplane%' ORDER BY 1"
        ).fetchall()
    assert owner == ("controlplane_owner",)
    assert roles == [("controlplane_app", False, False), ("controlplane_owner", False, False)]


def test_runtime_role_uses_the_owners_tables_and_may_not_change_them(
    server: postgres.Postgres,
) -> None:
    with psycopg.connect(server.url("controlplane_owner"), autocommit=True) as owner:
        owner.execute("CREATE TABLE thing (id bigserial PRIMARY KEY, name text)")
    with psycopg.connect(server.url("controlplane_app"), autocommit=True) as runtime:
        runtime.execute("INSERT INTO thing (name) VALUES ('a')")
        runtime.execute("UPDATE thing SET name = 'b'")
        assert runtime.execute("SELECT id, name FROM thing").fetchall() == [(1, "b")]
        for statement in ("ALTER TABLE thing ADD x int", "DROP TABLE thing", "TRUNCATE thing"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                runtime.execute(statement)


def test_owner_hands_a_table_to_the_runtime_role_which_makes_partitions(
    server: postgres.Postgres,
) -> None:
    with psycopg.connect(server.url("controlplane_owner"), autocommit=True) as owner:
        owner.execute("CREATE TABLE sample (at int) PARTITION BY RANGE (at)")
        owner.execute("ALTER TABLE sample OWNER TO controlplane_app")
    with psycopg.connect(server.url("controlplane_app"), autocommit=True) as runtime:
        runtime.execute("CREATE TABLE sample_0 PARTITION OF sample FOR VALUES FROM (0) TO (9)")
        runtime.execute("DROP TABLE sample_0")


def test_database_sorts_by_bytes_and_keeps_utc(server: postgres.Postgres) -> None:
    with psycopg.connect(server.url("controlplane_app")) as connection:
        row = connection.execute("SELECT current_setting('TimeZone'), 'a' > 'B'").fetchone()
    assert row == ("UTC", True)


def test_only_the_private_socket_leads_in(server: postgres.Postgres) -> None:
    found = server.sockets.stat()
    owner = server.account.uid if server.account else os.getuid()
    assert (found.st_mode & 0o777, found.st_uid) == (0o700, owner)
    with psycopg.connect(server.url("postgres", "postgres")) as connection:
        row = connection.execute("SELECT current_setting('listen_addresses')").fetchone()
        rules = connection.execute(
            "SELECT DISTINCT auth_method FROM pg_hba_file_rules WHERE type <> 'local'"
        ).fetchall()
    assert row == ("",)
    assert rules == [("reject",)]


def test_server_does_not_run_as_root(server: postgres.Postgres, state: State) -> None:
    pid = int((server.place.data / "postmaster.pid").read_text().split()[0])
    assert Path(f"/proc/{pid}").stat().st_uid != 0


def test_data_of_another_version_is_refused(server: postgres.Postgres) -> None:
    version = server.place.data / "PG_VERSION"
    version.write_text("16\n")
    try:
        with pytest.raises(LaunchError, match="made by PostgreSQL 16"):
            server.initialise(ENVIRON)
    finally:
        version.write_text("18\n")


def test_interrupted_initdb_is_started_over(state: State, server: postgres.Postgres) -> None:
    half = state.root / "half"
    place = settle(half, database_account())
    (place.home / "data.draft").mkdir()
    (place.home / "data.draft" / "PG_VERSION").write_text("18\n")
    second = postgres.prepare(half, ENVIRON)
    assert (second.place.data / "global" / "pg_control").exists()
    assert not (place.home / "data.draft").exists()


def test_callers_pg_variables_do_not_reach_the_server(server: postgres.Postgres) -> None:
    spec = server.spec({"PGDATA": "/elsewhere", "PATH": "/bin"})
    assert dict(spec.environ) == {"PATH": "/bin"}
    assert spec.stop_signal == signal.SIGINT


# -- where the data goes


@pytest.fixture
def account() -> Account | None:
    return database_account()


def test_reachable_state_directory_keeps_its_data(account: Account | None) -> None:
    root = temporary_state()
    place = settle(root / "pg", account)
    home = (root / "pg").stat()
    shutil.rmtree(root)
    assert place.home == root / "pg"
    assert home.st_uid == (account.uid if account else os.getuid())
    assert home.st_mode & 0o777 == 0o700


def test_state_directory_the_account_cannot_reach_gets_a_link(tmp_path: Path) -> None:
    """pytest's folders are closed to other accounts, as a clone in a private home is."""
    account = database_account()
    system = temporary_state() / "system"
    first = settle(tmp_path / "pg", account, system)
    again = settle(tmp_path / "pg", account, system)
    linked = (tmp_path / "pg").resolve()
    shutil.rmtree(system.parent)
    assert first == again
    assert linked == first.home
    assert (first.home.parent == system) is (account is not None)


def test_data_left_where_the_account_cannot_reach_it_is_not_hidden(tmp_path: Path) -> None:
    account = database_account()
    system = temporary_state() / "system"
    (tmp_path / "pg").mkdir()
    try:
        if account is None:
            assert settle(tmp_path / "pg", account, system).home == tmp_path / "pg"
        else:
            with pytest.raises(LaunchError, match="can no longer reach"):
                settle(tmp_path / "pg", account, system)
    finally:
        shutil.rmtree(system.parent)


def test_root_has_another_account_run_the_database_and_asks_where_it_may_go(
    tmp_path: Path,
) -> None:
    account = database_account()
    if account is None:
        assert os.geteuid() != 0
    else:
        assert account.uid != 0
        assert can_enter(account, Path("/tmp"))
        assert not can_enter(account, tmp_path)


# -- Valkey


def ask(server: valkey.Valkey, command: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(server.socket))
        connection.sendall(command + b"\r\n")
        return connection.recv(4096)


def test_valkey_survives_a_kill_with_its_data(state: State) -> None:
    server = valkey.prepare(state.valkey, ENVIRON)
    assert not server.answers()
    first = run(server.spec(ENVIRON), state, server.answers)
    assert ask(server, b"SET kept 1") == b"+OK\r\n"
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: first.status() is not None, 5, lambda: "goes on")
    server.socket.touch()  # a stale socket must not stop the next start
    second = run(server.spec(ENVIRON), state, server.answers)
    assert ask(server, b"GET kept") == b"$1\r\n1\r\n"
    assert ask(server, b"CONFIG GET maxmemory-policy").endswith(b"noeviction\r\n")
    stop(second)
    assert not alive(second.pid)


def test_valkey_opens_no_port_and_a_private_socket(state: State) -> None:
    server = valkey.prepare(state.valkey, ENVIRON, valkey.THROWAWAY)
    child = run(server.spec(ENVIRON), state, server.answers)
    assert server.socket.stat().st_mode & 0o777 == 0o700
    assert ask(server, b"CONFIG GET port").endswith(b"$1\r\n0\r\n")
    assert ask(server, b"SELECT 63") == b"+OK\r\n"
    stop(child)
