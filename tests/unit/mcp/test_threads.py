"""Blocking work off the loop: bounded, in context, and honest about a missing database."""

import asyncio
import contextvars
import threading

import pytest
from django.db import OperationalError, connection, connections

from apps.kernel.errors import Code, Failure
from apps.mcp import threads as module
from apps.mcp.threads import Threads

REQUEST: contextvars.ContextVar[str] = contextvars.ContextVar("request", default="none")


async def test_work_runs_elsewhere_in_the_caller_s_context() -> None:
    threads = Threads()
    REQUEST.set("r-1")
    name, said = await threads.run(lambda: (threading.current_thread().name, REQUEST.get()))
    assert name.startswith("mcp")
    assert said == "r-1"
    threads.close(wait=True)


async def test_arguments_and_failures_pass_through() -> None:
    threads = Threads()

    def divide(left: int, *, by: int) -> float:
        return left / by

    assert await threads.run(divide, 6, by=3) == 2
    with pytest.raises(ZeroDivisionError):
        await threads.run(divide, 6, by=0)
    threads.close(wait=True)


async def test_more_than_the_bound_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UNITS_MOST", 2)
    threads, gate = Threads(), threading.Event()
    waiting = [asyncio.create_task(threads.run(gate.wait, 5)) for _ in range(2)]
    await asyncio.sleep(0.01)
    with pytest.raises(Failure) as refused:
        await threads.run(gate.wait, 5)
    assert refused.value.code is Code.BUSY
    gate.set()
    assert await asyncio.gather(*waiting) == [True, True]
    assert await threads.run(lambda: "free again") == "free again"
    threads.close(wait=True)


async def test_a_missing_database_is_busy() -> None:
    threads = Threads()

    def away() -> None:
        raise OperationalError("connection refused: password=hunter2")

    with pytest.raises(Failure) as refused:
        await threads.run(away)
    assert refused.value.code is Code.BUSY
    assert refused.value.retry_after == 2
    assert "hunter2" not in refused.value.detail
    threads.close(wait=True)


def backend() -> int:
    """The number of this thread's own server process, which asks for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def cut(pid: int) -> None:
    """End a server process, as a restart of the database would."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])


@pytest.mark.django_db(transaction=True)
async def test_a_lost_connection_makes_one_call_busy_and_the_next_is_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", None)
    monkeypatch.setattr(module, "THREADS", 1)
    one, other = Threads(), Threads()
    first = await one.run(backend)
    assert await one.run(backend) == first
    await other.run(cut, first)
    with pytest.raises(Failure) as refused:
        await one.run(backend)
    assert refused.value.code is Code.BUSY
    assert await one.run(backend) != first
    for made in (one, other):
        await made.run(connections.close_all)
        made.close(wait=True)


@pytest.mark.django_db(transaction=True)
async def test_a_connection_in_doubt_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", None)
    monkeypatch.setattr(module, "THREADS", 1)
    monkeypatch.setattr(module, "TRUSTED", 0.0)
    one, other = Threads(), Threads()
    first = await one.run(backend)
    await other.run(cut, first)
    assert await one.run(backend) != first
    for made in (one, other):
        await made.run(connections.close_all)
        made.close(wait=True)


async def test_a_closed_pool_is_made_anew() -> None:
    threads = Threads()
    assert await threads.run(lambda: 1) == 1
    threads.close(wait=True)
    assert await threads.run(lambda: 2) == 2
    threads.close(wait=True)
