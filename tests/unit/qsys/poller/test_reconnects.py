"""Whatever happens to a Core, its changes are stored again soon after it is back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apps.events.models import Outbox
from apps.fleet import breaker
from apps.fleet.breaker import BreakerState
from apps.fleet.models import Device, DeviceState, Liveness
from apps.qsys.client import STANDBY
from apps.qsys.models import Control, ControlEvent, ControlValue, Core, Watch
from apps.qsys.poller.rows import core_ensure
from apps.qsys.simulator import CoreHost, demo_design, running_core
from apps.qsys.simulator.faults import Reject
from tests.support.polling import allow, eventually, polling, registered, rows
from tests.support.qsys import until


def lobby(number: float) -> Callable[[], object]:
    """Whether the lobby gain was stored as `number`."""
    return lambda: ControlEvent.objects.filter(number=number).first()


def known() -> bool:
    return ControlValue.objects.filter(control__name="gain").exists()


def move(host: CoreHost, number: float) -> None:
    host.core.move(host.core.control("Lobby Gain", "gain"), number)


async def reboot(host: CoreHost) -> None:
    await host.reboot(0.2, booting=0.2)
    await until(lambda: host.listening and not host.core.faults.shut)


async def hang(host: CoreHost) -> None:
    host.core.faults.hang = True
    await until(lambda: not host.core.peers)
    host.core.faults.hang = False


async def garbage(host: CoreHost) -> None:
    host.core.faults.garbage = 3


async def cut_in_an_answer(host: CoreHost) -> None:
    before = set(host.core.peers)
    host.core.faults.cut_after = 40
    await until(lambda: before.isdisjoint(host.core.peers))
    host.core.faults.cut_after = None


async def forget(host: CoreHost) -> None:
    host.core.forget_groups()


async def reset(host: CoreHost) -> None:
    host.cut()


async def reload(host: CoreHost) -> None:
    host.reload()


@pytest.mark.parametrize("mishap", [reboot, hang, garbage, cut_in_an_answer, forget, reset, reload])
async def test_changes_are_stored_again_after(mishap: Any) -> None:
    async with running_core(controls=30, meters=1) as host:
        allow(host)
        await rows(lambda: registered(host))
        async with polling():
            await eventually(known)
            await mishap(host)
            move(host, -7.0)
            assert await eventually(lobby(-7.0))
            move(host, -8.0)
            event = await eventually(lobby(-8.0))
        assert event.previous == -7.0


async def test_groups_are_made_again_without_a_new_connection() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        await rows(lambda: registered(host))
        async with polling():
            await eventually(known)
            (peer,) = host.core.peers
            host.core.forget_groups()
            move(host, -7.0)
            await eventually(lobby(-7.0))
            assert list(host.core.peers) == [peer]


async def test_another_design_is_learned_and_told() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        first = host.core.code
        async with polling():
            await eventually(known)
            host.reload(demo_design(60, 0, name="Night House"))
            core = await eventually(
                lambda: Core.system.exclude(design_code__in=("", first)).first()
            )
            new = await eventually(
                lambda: Control.system.filter(design_code=host.core.code).count() == 60
            )
        assert new
        assert (core.design, core.design_code) == ("Night House", host.core.code)
        told = await rows(lambda: list(Outbox.objects.filter(type="qsys.design.changed")))
        assert [(one.device_id, one.payload["design"]) for one in told] == [
            (device.id, "Night House")
        ]


async def test_what_the_core_is_becomes_the_device_s_model_and_is_told_once() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        device = await rows(lambda: registered(host, model="Core 8"))

        def model() -> str:
            return Device.system.get(id=device.id).model

        async with polling():
            await eventually(lambda: model() == "Core 110f")
            core = await eventually(lambda: Core.system.filter(state="Active").first())
            assert (core.platform, core.design_code) == ("Core 110f", host.core.code)
            host.core.platform = "Core Nano"
            await eventually(lambda: model() == "Core Nano")
            asked = host.core.counts["StatusGet"] + 3
            await until(lambda: host.core.counts["StatusGet"] >= asked)
        changes = Outbox.objects.filter(type="fleet.device.changed", device_id=device.id)
        told = await rows(lambda: [one.payload["change"] for one in changes])
        assert told == ["identified", "identified"]


async def test_a_design_that_changes_without_a_reset_is_noticed() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        await rows(lambda: registered(host))
        async with polling():
            await eventually(known)
            host.core.load(demo_design(36, 0, name="Night House"))
            await eventually(lambda: Core.system.filter(design="Night House").exists())
            move(host, -7.0)
            assert await eventually(lobby(-7.0))


async def test_a_known_design_is_not_listed_again_on_a_new_connection() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        await rows(lambda: registered(host))
        async with polling():
            await eventually(known)
            host.cut()
            move(host, -7.0)
            await eventually(lobby(-7.0))
        assert host.core.counts["Component.GetComponents"] == 1


async def test_a_core_without_a_free_group_is_tried_again() -> None:
    async with running_core(controls=30, meters=0) as host:
        host.core.faults.reject["ChangeGroup.AddComponentControl"] = Reject(5, "exhausted")
        allow(host)
        await rows(lambda: registered(host))
        async with polling():
            await until(lambda: host.core.counts["StatusGet"] > 2)
            host.core.faults.reject.clear()
            assert await eventually(known)


async def test_three_answers_close_an_open_breaker() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        for _ in range(5):
            breaker.polled(device.id, ok=False)
        assert breaker.standing([device.id])[device.id].state is BreakerState.OPEN
        async with polling():
            await eventually(known)
        assert breaker.standing([device.id])[device.id].state is BreakerState.CLOSED


async def test_failed_connects_open_the_breaker() -> None:
    async with running_core(controls=30, meters=0) as host:
        await host.refuse()
        allow(host)
        device = await rows(lambda: registered(host))
        async with polling():
            state = await eventually(
                lambda: breaker.standing([device.id])[device.id].state is BreakerState.OPEN
            )
        assert state


async def test_the_connection_outlives_the_idle_limit_of_the_core() -> None:
    async with running_core(controls=30, meters=0, idle=0.8) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        await rows(lambda: slow_watches(device))
        async with polling():
            await until(lambda: host.core.peers)
            peers = list(host.core.peers)
            await eventually(lambda: host.core.counts["StatusGet"] > 8)
            assert list(host.core.peers) == peers


def slow_watches(device: Any) -> None:
    core_ensure(device)
    Watch.system.filter(device=device).update(rate_hz=0.1)


async def test_a_standby_core_that_tells_nothing_is_kept_until_it_is_active() -> None:
    refused = Reject(STANDBY, "standby")
    async with running_core(controls=30, meters=0) as host:
        host.core.state = "Standby"
        for method in ("Component.GetComponents", "ChangeGroup.Poll"):
            host.core.faults.reject[method] = refused
        allow(host)
        device = await rows(lambda: registered(host))
        async with polling():
            found = await eventually(
                lambda: DeviceState.objects.filter(device=device, liveness=Liveness.OK).first()
            )
            peers = list(host.core.peers)
            await until(lambda: host.core.counts["StatusGet"] > 5)
            assert list(host.core.peers) == peers
            host.core.faults.reject.clear()
            host.core.become("Active")
            assert await eventually(known)
        assert found.summary["state"] == "Standby"


async def test_a_core_that_goes_to_standby_is_polled_again_when_it_is_active() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        await rows(lambda: registered(host))
        async with polling():
            await eventually(known)
            host.core.faults.reject["ChangeGroup.Poll"] = Reject(STANDBY, "standby")
            host.core.become("Standby")
            asked = host.core.counts["StatusGet"]
            await until(lambda: host.core.counts["StatusGet"] > asked + 2)
            host.core.faults.reject.clear()
            host.core.become("Active")
            move(host, -7.0)
            assert await eventually(lobby(-7.0))
