"""Cores of a shard do not disturb each other; states are told once; a drain loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import redis.asyncio as aioredis
from django.conf import settings

from apps.events.frames import FRAMES_CHANNEL, decode, each
from apps.events.models import Outbox
from apps.fleet.models import Device, DeviceState, DeviceStatus, Liveness
from apps.fleet.shardkeys import ShardKey
from apps.fleet.shards import epoch_next
from apps.qsys.models import ControlEvent, ControlValue, TelemetryFrame, Watch
from apps.qsys.simulator import CoreHost, running_core
from tests.support.polling import QUICK, allow, eventually, polling, registered, rows
from tests.support.qsys import until

KINDS = ("fleet.device.lost", "fleet.device.found")


def state(device: Device) -> DeviceState:
    return DeviceState.objects.get(device=device)


def told(kind: str) -> list[Any]:
    return list(Outbox.objects.filter(type=kind).order_by("id"))


def is_known(device: Device) -> bool:
    return ControlValue.objects.filter(control__device=device, control__name="gain").exists()


@contextlib.asynccontextmanager
async def two_cores(**core: Any) -> AsyncIterator[tuple[CoreHost, CoreHost]]:
    async with running_core(**core) as one, running_core(address="127.0.0.2", **core) as other:
        allow(one, other)
        yield one, other


async def test_a_slow_core_does_not_delay_the_others() -> None:
    async with two_cores(controls=30, meters=1) as (slow, quick):
        slow.core.faults.delay = 0.3
        await rows(lambda: registered(slow))
        device = await rows(lambda: registered(quick))
        async with polling():
            await until(lambda: slow.core.counts["ChangeGroup.Poll"] >= 2, 10)
            before = quick.core.counts["ChangeGroup.Poll"], slow.core.counts["ChangeGroup.Poll"]
            await asyncio.sleep(1.0)
            after = quick.core.counts["ChangeGroup.Poll"], slow.core.counts["ChangeGroup.Poll"]
            found = await eventually(lambda: (state(device).poll_hz or 0) > 25)
        assert after[0] - before[0] > 25
        assert after[1] - before[1] < 12
        assert found


async def test_a_core_that_is_away_does_not_keep_others_from_connecting() -> None:
    async with two_cores(controls=30, meters=0) as (away, there):
        away.core.faults.hang = True
        gone = await rows(lambda: registered(away))
        device = await rows(lambda: registered(there))
        async with polling():
            await eventually(lambda: is_known(device), 4)
        assert (await rows(lambda: state(gone))).liveness == Liveness.NEVER


async def test_a_core_is_told_lost_and_found_once_each() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        async with polling():
            await eventually(lambda: state(device).liveness == Liveness.OK)
            await host.refuse()
            host.cut()
            await eventually(lambda: state(device).liveness == Liveness.LOST)
            await asyncio.sleep(0.5)
            await host.listen()
            allow(host)
            ports = {"qrc": host.ports["qrc"]}
            await rows(lambda: Device.system.filter(id=device.id).update(ports=ports))
            await eventually(lambda: state(device).liveness == Liveness.OK)
        lost, found = await rows(lambda: (told("fleet.device.lost"), told("fleet.device.found")))
        assert [one.device_id for one in lost] == [device.id]
        assert [one.device_id for one in found] == [device.id]
        assert found[0].payload["silent_seconds"] > 0


async def test_an_unreachable_core_is_told_once_and_its_state_says_how_often_it_was_tried() -> None:
    # Long enough for a first connection on a busy machine: one that were lost before would flap.
    tried = replace(QUICK, backoff_first=0.01, backoff_most=0.02, unreachable=0.1, lost=1.5)
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        async with polling(tried):
            await eventually(lambda: state(device).liveness == Liveness.OK)
            port = host.ports["qrc"]
            await host.refuse()
            host.cut()
            row = await eventually(lambda: (row := state(device)).reason.startswith("Unre") and row)
            assert int(row.reason.split()[1]) >= QUICK.tries
            assert row.liveness == Liveness.LOST
            host.ports["qrc"] = port
            await host.listen()
            await eventually(lambda: state(device).liveness == Liveness.OK)
        lost, found = await rows(lambda: (told("fleet.device.lost"), told("fleet.device.found")))
        assert (len(lost), len(found)) == (1, 1)
        assert (await rows(lambda: state(device))).reason == ""


async def test_a_core_that_comes_and_goes_is_not_told_each_time() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        async with polling(replace(QUICK, lost=0.1, backoff_first=0.2, backoff_most=0.2)):
            for number in range(6):
                if number < 2:
                    # Back after the first loss, it is told at once.
                    await eventually(lambda: state(device).liveness == Liveness.OK)
                host.core.faults.shut = True
                host.cut()
                await eventually(lambda: state(device).liveness == Liveness.LOST)
                host.core.faults.shut = False
                await until(lambda: host.core.peers)
                polls = host.core.counts["ChangeGroup.Poll"]
                await until(lambda polls=polls: host.core.counts["ChangeGroup.Poll"] > polls + 5)
            found = await rows(lambda: state(device))
        assert "comes and goes" in found.reason
        assert [len(await rows(lambda kind=kind: told(kind))) for kind in KINDS] == [2, 1]


async def test_a_design_reload_is_no_loss() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        async with polling(replace(QUICK, lost=30.0)):
            await eventually(lambda: state(device).summary.get("design_code") == host.core.code)
            host.reload()
            await eventually(lambda: state(device).summary.get("design_code") == host.core.code)
        assert await rows(lambda: told("fleet.device.lost")) == []


async def test_the_state_says_what_the_core_says() -> None:
    async with running_core(controls=30, meters=2) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        async with polling():
            await eventually(lambda: state(device).poll_hz)
            host.core.status = (2, "Fault - 1 Fault")
            host.core.become("Standby")
            found = await eventually(
                lambda: (row := state(device)).summary["state"] == "Standby" and row
            )
        assert found.summary["status"] == "Fault - 1 Fault"
        assert found.summary["design"] == "Demo House"
        assert found.summary["watched"] > 5
        assert found.seen_at is not None


async def test_a_poller_whose_epoch_is_over_writes_no_state() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        async with polling():
            await eventually(lambda: state(device).liveness == Liveness.OK)
            await rows(lambda: epoch_next(ShardKey("qsys", 0)))
            seen = (await rows(lambda: state(device))).seen_at
            await asyncio.sleep(0.4)
            assert (await rows(lambda: state(device))).seen_at == seen


async def test_a_device_that_is_retired_is_left_alone_and_a_new_one_is_polled() -> None:
    async with two_cores(controls=30, meters=0) as (one, other):
        first = await rows(lambda: registered(one))
        async with polling():
            await eventually(lambda: is_known(first))
            second = await rows(lambda: registered(other))
            rows_of = Device.system.filter(id=first.id)
            await rows(lambda: rows_of.update(status=DeviceStatus.DECOMMISSIONED))
            await eventually(lambda: is_known(second))
            await until(lambda: not one.core.peers)


async def test_everything_seen_before_a_drain_is_stored() -> None:
    async with running_core(controls=200, meters=8) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        async with polling() as shard:
            await eventually(lambda: is_known(device))
            for step in range(40):
                host.core.move(host.core.control("Lobby Gain", "gain"), -20.0 - step)
                polls = host.core.counts["ChangeGroup.Poll"]
                await until(lambda polls=polls: host.core.counts["ChangeGroup.Poll"] >= polls + 3)
            await shard.drain()
        assert not host.core.peers
        numbers = await rows(
            lambda: list(
                ControlEvent.objects.filter(device_id=device.id, number__lt=-20, cause="device")
                .order_by("at")
                .values_list("number", flat=True)
            )
        )
        assert numbers == [-20.0 - step for step in range(1, 40)]
        assert await rows(lambda: TelemetryFrame.objects.filter(device_id=device.id).count())


async def test_people_get_at_most_ten_frames_a_second_with_the_newest_values() -> None:
    frames = []
    async with running_core(controls=30, meters=2) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        client = aioredis.Redis.from_url(settings.CONFIG.redis_url.get_secret_value())
        async with client.pubsub() as line:
            await line.subscribe(FRAMES_CHANNEL)
            async with polling(replace(QUICK, frame=0.1)):
                await eventually(lambda: state(device).poll_hz)
                began = time.monotonic()
                while (message := await line.get_message(timeout=0.2)) is not None:
                    if message["type"] == "message":
                        frames += map(decode, each(message["data"]))
                    if len(frames) >= 15:
                        break
                    if len(frames) == 5:
                        began = time.monotonic()
                took = time.monotonic() - began
        await client.aclose()
    assert {(one.device_id, one.tenant_id) for one in frames} == {(device.id, device.tenant_id)}
    assert {one.permission for one in frames} == {"qsys.view"}
    assert took > 0.9
    meters = [one for one in frames[-1].values["controls"] if one["component"] == "Meters 1"]
    assert {one["control"] for one in meters} >= {"meter.1"}
    for frame in frames:
        ids = [one["id"] for one in frame.values["controls"]]
        assert len(ids) == len(set(ids))


async def test_a_new_core_gets_the_usual_watches_once() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        for _ in range(2):
            async with polling():
                await eventually(lambda: state(device).poll_hz)
        names = await rows(lambda: sorted(Watch.system.values_list("name", flat=True)))
        assert names == ["everything else", "levels"]
