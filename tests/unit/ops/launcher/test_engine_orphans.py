"""A killed PostgreSQL starts again, whatever of its processes hangs on."""

import os
import shutil
import signal
from collections.abc import Iterator

import psycopg
import pytest

from apps.ops.launcher.engines import bootstrap_sql, postgres
from apps.ops.launcher.engines.orphans import end_orphans, orphans
from apps.ops.launcher.logs import tail
from apps.ops.launcher.process import Child
from apps.ops.launcher.state import State
from tests.support.engines import until
from tests.support.template import temporary_state

ENVIRON = dict(os.environ)


@pytest.fixture
def state() -> Iterator[State]:
    state = State(temporary_state())
    state.prepare()
    yield state
    shutil.rmtree(state.root)


def start(server: postgres.Postgres, state: State) -> Child:
    child = Child(server.spec(ENVIRON), state.log)
    admin = server.url("postgres", "postgres")
    until(
        lambda: child.status() is not None or bootstrap_sql.answers(admin),
        30,
        lambda: tail(state.log, "postgres"),
    )
    assert child.status() is None, tail(state.log, "postgres")
    return child


def test_server_starts_again_although_a_process_of_the_killed_one_hangs(state: State) -> None:
    server = postgres.prepare(state.postgres, ENVIRON, postgres.THROWAWAY)
    first = start(server, state)
    with psycopg.connect(server.url("postgres", "postgres")) as connection:
        hanging = connection.info.backend_pid
        os.kill(hanging, signal.SIGSTOP)
        assert list(orphans(server.place.data)) == []  # its postmaster lives
        os.kill(first.pid, signal.SIGKILL)
        until(lambda: first.status() is not None, 10, lambda: "the postmaster goes on")
        first.destroy()
        until(lambda: hanging in orphans(server.place.data), 10, lambda: "it hangs on")
        second = start(server, state)
    assert list(orphans(server.place.data)) == []
    end_orphans(server.place.data)  # leaves those of the new one alone
    with psycopg.connect(server.url("postgres", "postgres")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    second.ask_to_stop()
    until(lambda: second.status() is not None, 10, lambda: "the second server goes on")
    second.destroy()
