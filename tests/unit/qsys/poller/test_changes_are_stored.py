"""What changes at a Core is stored with what it was before and what it came from."""

from __future__ import annotations

from typing import Any

import pytest

from apps.fleet import sessions
from apps.kernel import clock
from apps.operations.call import Call
from apps.operations.context import Context
from apps.operations.core import Face
from apps.qsys.models import (
    Cause,
    Control,
    ControlEvent,
    ControlValue,
    TelemetryFrame,
    TelemetrySecond,
    Watch,
)
from apps.qsys.poller.rows import core_ensure
from apps.qsys.schemas.controls import QsysControlSetIn
from apps.qsys.selectors import Which, changes
from apps.qsys.services import controls
from apps.qsys.simulator import running_core
from apps.qsys.telemetry.packing import unpack
from tests.support import factories
from tests.support.polling import allow, eventually, polling, registered, rows
from tests.support.qsys import until


def of(component: str, name: str) -> Any:
    """Rows of one control, oldest first."""
    control = Control.system.get(component=component, name=name)
    return ControlEvent.objects.filter(control_id=control.id).order_by("at")


def is_known(name: str = "gain") -> bool:
    return ControlValue.objects.filter(control__name=name).exists()


async def test_a_change_at_the_core_is_stored_with_its_previous_value() -> None:
    async with running_core(controls=30, meters=2) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        async with polling():
            await eventually(is_known)
            host.core.move(host.core.control("Lobby Gain", "gain"), -6.0)
            event = await eventually(lambda: of("Lobby Gain", "gain").filter(cause="device").last())
        assert (event.previous, event.number, event.string) == (-20.0, -6.0, "-6.0dB")
        assert (event.device_id, event.design_code) == (device.id, host.core.code)


@pytest.mark.parametrize("component", ["Bar/Café - Süd", "Hall.1.Left", "会議室 1"])
async def test_a_component_may_be_called_anything(component: str) -> None:
    async with running_core(controls=120, meters=0) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        async with polling():
            await eventually(is_known)
            host.core.move(host.core.control(component, "gain"), -6.0)
            await eventually(lambda: of(component, "gain").filter(number=-6.0).last())
        viewer = await rows(lambda: factories.actor_of("viewer", device.tenant))
        which = Which(components=(component,), causes=(Cause.DEVICE,))
        found = await rows(lambda: changes(viewer, device, which).changes)
        assert [(one.control.component, one.value) for one in found] == [(component, -6.0)]


async def test_the_first_sight_of_every_control_is_stored_once() -> None:
    async with running_core(controls=30, meters=2) as host:
        allow(host)
        await rows(lambda: registered(host))
        async with polling():
            await eventually(is_known)
            host.cut()
            await eventually(lambda: host.core.counts["Component.GetComponents"] >= 1)
            await eventually(lambda: len(host.core.peers) == 1)
        found = await rows(lambda: list(of("Lobby Gain", "gain")))
        assert [(one.cause, one.previous_string) for one in found] == [(Cause.FIRST, None)]


async def test_a_set_of_ours_is_stored_with_actor_and_call() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        actor = await rows(lambda: factories.actor_of("operator", device.tenant))
        call = Call(operation="qsys.control.set", input={}, actor=actor, face=Face.REST)
        data = QsysControlSetIn(
            device=str(device.id), component="Lobby Gain", control="gain", value=-3.0
        )

        def set_it() -> Any:
            out = controls.control_set(Context(call, clock.monotonic() + 10), data)
            sessions.stop()
            return out

        async with polling():
            await eventually(is_known)
            out = await rows(set_it)
            event = await eventually(lambda: of("Lobby Gain", "gain").filter(number=-3.0).first())
            host.core.move(host.core.control("Lobby Gain", "gain"), -9.0)
            other = await eventually(lambda: of("Lobby Gain", "gain").filter(number=-9.0).first())
        assert out.confirmed
        assert (event.cause, event.actor, event.call_id) == ("operation", actor.label, call.id)
        assert (event.previous, other.previous, other.cause) == (-20.0, -3.0, "device")
        assert other.call_id is None


async def test_what_changed_while_nobody_looked_is_found_and_marked() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        await rows(lambda: registered(host))
        async with polling():
            await eventually(is_known)
        host.core.move(host.core.control("Lobby Gain", "mute"), 1.0)
        async with polling():
            event = await eventually(lambda: of("Lobby Gain", "mute").filter(number=1).first())
        assert (event.cause, event.previous, event.string) == (Cause.AWAY, 0.0, "muted")


async def test_what_a_killed_poller_stored_without_its_last_value_is_not_found_twice() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        await rows(lambda: registered(host))
        async with polling():
            await eventually(is_known)
            values = await rows(lambda: list(ControlValue.objects.all()))
            host.core.move(host.core.control("Lobby Gain", "gain"), -6.0)
            await eventually(lambda: of("Lobby Gain", "gain").filter(number=-6.0).first())
        # As they are when the process is killed before it has written them.
        await rows(lambda: [one.save(force_update=True) for one in values])
        async with polling():
            polls = host.core.counts["ChangeGroup.Poll"]
            await until(lambda: host.core.counts["ChangeGroup.Poll"] > polls + 3)
            host.core.move(host.core.control("Lobby Gain", "gain"), -9.0)
            event = await eventually(lambda: of("Lobby Gain", "gain").filter(number=-9.0).first())
        numbers = await rows(lambda: [one.number for one in of("Lobby Gain", "gain")])
        assert (event.previous, numbers) == (-6.0, [-20.0, -6.0, -9.0])


async def test_meters_are_stored_as_samples_and_figures_not_as_events() -> None:
    async with running_core(controls=30, meters=2) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        async with polling():
            await eventually(lambda: TelemetryFrame.objects.count() >= 2)
        meter = await rows(lambda: Control.system.get(component="Meters 1", name="meter.1"))
        frames = await rows(lambda: list(TelemetryFrame.objects.filter(device_id=device.id)))
        seconds = await rows(lambda: list(TelemetrySecond.objects.filter(control_id=meter.id)))
        events = await rows(lambda: ControlEvent.objects.filter(control_id=meter.id).count())
        values = [
            one.value
            for frame in frames
            for one in unpack(bytes(frame.data))
            if one.control_id == meter.id
        ]
        assert (meter.telemetry, events) == (True, 0)
        assert len(values) == sum(one.samples for one in seconds) > 20
        assert min(values) == pytest.approx(min(one.minimum for one in seconds))
        assert all(one.minimum <= one.mean <= one.maximum for one in seconds)


async def test_a_deadband_keeps_small_moves_out_of_the_history_not_out_of_the_value() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        device = await rows(lambda: registered(host))

        def watch() -> None:
            core_ensure(device)
            Watch.system.filter(device=device).update(deadband=2.0)

        await rows(watch)
        async with polling():
            await eventually(is_known)
            host.core.move(host.core.control("Lobby Gain", "gain"), -19.0)
            await eventually(lambda: ControlValue.objects.filter(number=-19.0).count())
            host.core.move(host.core.control("Lobby Gain", "gain"), -17.0)
            await eventually(lambda: of("Lobby Gain", "gain").filter(number=-17.0).first())
        numbers = await rows(
            lambda: list(of("Lobby Gain", "gain").values_list("number", flat=True))
        )
        assert numbers == [-20.0, -17.0]


async def test_a_named_control_is_watched_by_its_exact_name() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        device = await rows(lambda: registered(host))

        def watch() -> None:
            core_ensure(device)
            Watch.system.create(
                device=device, name="named", component="", controls=["LobbyGain", "Nobody"]
            )

        await rows(watch)
        async with polling():
            await eventually(lambda: Control.system.filter(component="", name="LobbyGain").count())
            await eventually(lambda: is_known("LobbyGain"))
            host.core.move(host.core.control("Lobby Gain", "gain"), -6.0)
            event = await eventually(lambda: of("", "LobbyGain").filter(number=-6.0).first())
        assert event.previous == -20.0
        assert not await rows(lambda: Control.system.filter(name="Nobody").count())


async def test_a_watch_that_changes_is_followed_without_a_new_device() -> None:
    async with running_core(controls=30, meters=0) as host:
        allow(host)
        device = await rows(lambda: registered(host))

        def silence() -> None:
            core_ensure(device)
            Watch.system.filter(device=device).update(enabled=False)

        await rows(silence)
        async with polling():
            await eventually(lambda: Control.system.filter(device=device).count() == 30)
            assert not await rows(is_known)
            await rows(lambda: Watch.system.filter(name="levels").update(enabled=True))
            await eventually(is_known)
