"""When a Core fails, the caller learns whether its request may have been carried out."""

from __future__ import annotations

import asyncio
import tracemalloc

import pytest

from apps.qsys.client import (
    ControlSet,
    QrcTransport,
    QsysRejected,
    QsysSession,
    QsysUnreachable,
)
from apps.qsys.client.frames import MAX_FRAME
from apps.qsys.simulator import running_core
from tests.support.qsys import FACES, connected, transport_to, until

SET = [ControlSet("gain", value=-3)]


@pytest.mark.parametrize("face", FACES)
async def test_a_refused_connection_sent_nothing(face: str) -> None:
    async with running_core() as host:
        await host.refuse()
        session = QsysSession(transport_to(host, face))
        with pytest.raises(QsysUnreachable) as caught:
            await session.open()
        assert not caught.value.sent
        assert caught.value.retryable


@pytest.mark.parametrize("face", ["ws", "wss"])
async def test_a_core_that_accepts_and_closes_sent_nothing(face: str) -> None:
    async with running_core() as host:
        host.core.faults.shut = True
        with pytest.raises(QsysUnreachable) as caught:
            await QsysSession(transport_to(host, face)).open()
        assert not caught.value.sent


async def test_a_silent_listener_is_a_timeout() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server, running_core() as host:
        host.ports["ws"] = server.sockets[0].getsockname()[1]
        with pytest.raises(QsysUnreachable) as caught:
            await QsysSession(transport_to(host, "ws")).open(timeout=0.1)
        assert (caught.value.sent, caught.value.timed_out) == (False, True)


async def test_nothing_is_sent_without_time_left_or_before_open() -> None:
    async with connected() as (host, session):
        with pytest.raises(QsysUnreachable, match="no time left") as caught:
            await session.component_set("Lobby Gain", SET, timeout=0)
        assert not caught.value.sent
        assert host.core.counts["Component.Set"] == 0
        fresh = QsysSession(transport_to(host))
        with pytest.raises(QsysUnreachable, match="open the session first"):
            await fresh.status()


@pytest.mark.parametrize("face", FACES)
async def test_a_hung_core_is_indeterminate(face: str) -> None:
    async with connected(face) as (host, session):
        await session.status()
        host.core.faults.hang = True
        with pytest.raises(QsysUnreachable) as caught:
            await session.component_set("Lobby Gain", SET, timeout=0.05)
        assert (caught.value.sent, caught.value.timed_out) == (True, True)
        assert not session.closed.is_set()


@pytest.mark.parametrize("face", FACES)
async def test_a_half_open_connection_is_a_timeout_and_closed_without_the_core(face: str) -> None:
    async with connected(face) as (host, session):
        await session.status()
        host.core.faults.vanished = True
        with pytest.raises(QsysUnreachable) as caught:
            await session.component_set("Lobby Gain", SET, timeout=0.05)
        assert (caught.value.sent, caught.value.timed_out) == (True, True)
        await asyncio.wait_for(session.close(), 2)
        assert host.core.counts["Component.Set"] == 0


@pytest.mark.parametrize("face", FACES)
async def test_a_line_of_100_mb_without_end_is_cut_at_the_frame_limit(face: str) -> None:
    async with connected(face) as (host, session):
        await session.status()
        host.core.faults.endless = 100 * 1024 * 1024
        tracemalloc.start()
        try:
            with pytest.raises(QsysUnreachable, match="limit") as caught:
                await session.controls("Lobby Gain", timeout=20)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert caught.value.sent
        assert session.closed.is_set()
        assert peak < 3 * MAX_FRAME
        async with QsysSession(transport_to(host, face)) as fresh:
            assert len(await fresh.controls("Lobby Gain")) == 6


@pytest.mark.parametrize("face", FACES)
async def test_noise_costs_the_answer_or_the_connection_and_nothing_else(face: str) -> None:
    async with connected(face) as (host, session):
        await session.status()
        host.core.faults.noise = 5_000
        with pytest.raises(QsysUnreachable) as caught:
            await session.controls("Lobby Gain", timeout=0.3)
        assert caught.value.sent
        if not session.closed.is_set():
            assert session.counters.garbage > 5
            assert (await session.status()).state == "Active"


async def test_a_swallowed_answer_hides_that_the_set_was_done() -> None:
    async with connected() as (host, session):
        host.core.faults.swallow.add("Component.Set")
        with pytest.raises(QsysUnreachable) as caught:
            await session.component_set("Lobby Gain", SET, timeout=0.05)
        assert caught.value.sent
        (state,) = await session.component_get("Lobby Gain", ["gain"])
        assert state.value == -3


async def test_an_ignored_set_looks_the_same_and_was_not_done() -> None:
    async with connected() as (host, session):
        host.core.faults.ignore.add("Component.Set")
        with pytest.raises(QsysUnreachable) as caught:
            await session.component_set("Lobby Gain", SET, timeout=0.05)
        assert caught.value.sent
        (state,) = await session.component_get("Lobby Gain", ["gain"])
        assert state.value == -20


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("count", [1, 7, 60])
async def test_a_cut_in_the_middle_of_an_answer_ends_the_session(face: str, count: int) -> None:
    async with connected(face) as (host, session):
        await session.status()
        host.core.faults.cut_after = count
        with pytest.raises(QsysUnreachable, match="no answer") as caught:
            await session.controls("Lobby Gain")
        assert caught.value.sent
        await asyncio.wait_for(session.closed.wait(), 2)
        with pytest.raises(QsysUnreachable, match="not sent") as again:
            await session.status()
        assert not again.value.sent


@pytest.mark.parametrize("face", FACES)
async def test_every_call_in_flight_fails_when_the_socket_is_reset(face: str) -> None:
    async with connected(face) as (host, session):
        await session.status()
        host.core.faults.hang = True
        calls = [asyncio.create_task(session.status()) for _ in range(5)]
        await until(lambda: session.counters.requests >= 6)
        host.cut()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(one, QsysUnreachable) and one.sent for one in results)
        assert isinstance(session.error, QsysUnreachable)


async def test_a_design_reload_ends_the_session_and_changes_the_code() -> None:
    async with connected() as (host, session):
        before = (await session.status()).design_code
        host.reload()
        await asyncio.wait_for(session.closed.wait(), 2)
        async with QsysSession(transport_to(host)) as fresh:
            assert (await fresh.status()).design_code != before


async def test_a_rebooting_core_comes_back_at_the_same_address() -> None:
    async with connected() as (host, session):
        await host.reboot(0.05, booting=0.05)
        await asyncio.wait_for(session.closed.wait(), 2)
        tries = 0
        async with asyncio.timeout(5):
            while True:
                tries += 1
                fresh = QsysSession(transport_to(host), timeout=1)
                try:
                    await fresh.open()
                    await fresh.status()
                    break
                except QsysUnreachable:
                    await fresh.close()
                    await asyncio.sleep(0.01)
        await fresh.close()
        assert tries > 1


async def test_a_silent_connection_is_closed_by_the_core() -> None:
    async with connected(session={"keepalive": 60}, idle=0.05) as (_, session):
        await asyncio.wait_for(session.closed.wait(), 2)
        assert session.error is not None
        assert "closed by the Core" in session.error.message


@pytest.mark.parametrize("face", ["qrc", "ws"])
async def test_the_keep_alive_holds_the_connection(face: str) -> None:
    async with connected(face, session={"keepalive": 0.05}, idle=0.25) as (host, session):
        await until(lambda: host.core.counts["NoOp"] >= 10)
        assert not session.closed.is_set()


async def test_a_standby_core_says_so() -> None:
    async with connected() as (host, session):
        host.core.become("Standby")
        assert (await session.status()).state == "Standby"
        with pytest.raises(QsysRejected) as caught:
            await session.component_set("Lobby Gain", SET)
        assert caught.value.standby
        assert host.core.control("Lobby Gain", "gain").value == -20


@pytest.mark.parametrize("face", FACES)
async def test_slow_answers_in_pieces_arrive_whole(face: str) -> None:
    async with connected(face) as (host, session):
        faults = host.core.faults
        faults.delay, faults.chunk, faults.pause, faults.garbage = 0.01, 100, 0.0005, 1
        states = await asyncio.gather(session.controls("Lobby Gain"), session.status())
        assert len(states[0]) == 6
        assert session.counters.garbage >= 2


async def test_a_core_that_does_not_read_takes_nothing_more() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    server = await asyncio.start_server(deaf, "127.0.0.1", 0, limit=1024)
    port = server.sockets[0].getsockname()[1]
    async with QsysSession(QrcTransport("127.0.0.1", port)) as session:
        big = ["x" * 1_000_000]
        flood = [asyncio.create_task(session.control_get(big, timeout=2)) for _ in range(12)]
        results = await asyncio.gather(*flood, return_exceptions=True)
        with pytest.raises(QsysUnreachable, match="took in nothing") as caught:
            await session.status(timeout=0.05)
        assert not caught.value.sent
        assert all(isinstance(one, QsysUnreachable) and one.timed_out for one in results)
    server.close()


async def test_a_cancelled_call_leaves_no_trace() -> None:
    async with connected() as (host, session):
        host.core.faults.swallow.add("StatusGet")
        call = asyncio.create_task(session.status())
        await until(lambda: host.core.counts["StatusGet"])
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await session.no_op()
        assert not session.closed.is_set()


async def test_closing_twice_is_harmless_and_final() -> None:
    async with connected() as (host, session):
        await session.close()
        await session.close()
        with pytest.raises(QsysUnreachable, match="closed by us"):
            await session.status()
        await until(lambda: not host.core.peers)
