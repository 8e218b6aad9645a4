"""While our own stores are away Cores are polled on, and what they said is stored afterwards."""

from __future__ import annotations

import asyncio

from apps.fleet.hold import PUT_DOWN_SECONDS
from apps.qsys.models import ControlEvent, ControlValue
from apps.qsys.simulator import CoreHost, running_core
from tests.support.polling import allow, eventually, outage, polling, registered, rows
from tests.support.qsys import until


def numbers() -> list[float]:
    rows = ControlEvent.objects.filter(cause="device").order_by("at")
    return [one.number for one in rows if one.number is not None]


def known() -> bool:
    return ControlValue.objects.filter(control__name="gain").exists()


async def move(host: CoreHost, number: float) -> None:
    host.core.move(host.core.control("Lobby Gain", "gain"), number)
    polls = host.core.counts["ChangeGroup.Poll"]
    await until(lambda: host.core.counts["ChangeGroup.Poll"] >= polls + 4)


async def test_a_database_that_restarts_costs_neither_changes_nor_connections() -> None:
    async with running_core(controls=30, meters=1) as host:
        allow(host)
        await rows(lambda: registered(host))
        async with polling():
            await eventually(known)
            peers = list(host.core.peers)
            with outage():
                for number in range(10):
                    await move(host, float(-number))
                await asyncio.sleep(0.5)
            await eventually(lambda: len(numbers()) == 10)
            assert list(host.core.peers) == peers
        assert await rows(numbers) == [-float(number) for number in range(10)]


async def test_a_drain_waits_for_the_database_longer_than_it_is_given() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        await rows(lambda: registered(host))
        async with polling() as shard:
            await eventually(known)
            with outage():
                await move(host, -7.0)
                draining = asyncio.create_task(shard.drain())
                await asyncio.sleep(PUT_DOWN_SECONDS + 0.5)
                assert not draining.done()
            await draining
        assert await rows(numbers) == [-7.0]


async def test_a_core_that_is_lost_while_the_database_is_away_is_polled_after_it() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        await rows(lambda: registered(host))
        async with polling():
            await eventually(known)
            with outage():
                host.cut()
                await asyncio.sleep(0.5)
            await move(host, -7.0)
            assert await eventually(lambda: ControlEvent.objects.filter(number=-7.0).count() == 1)
