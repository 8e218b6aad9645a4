"""Loop players start, wait and stop; nobody claims to know what a Core does not tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.fleet.models import Device
from apps.fleet.services import stop_set
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code
from apps.operations.call import Call
from apps.operations.context import Context
from apps.operations.core import Face
from apps.operations.outcome import Outcome
from apps.qsys.schemas.players import QsysPlayerStopIn
from apps.qsys.services import players
from apps.qsys.simulator import Core, CoreHost, demo_design
from tests.support import factories
from tests.unit.qsys.operations.conftest import running
from tests.unit.qsys.operations.test_reading import refusal

Calling = Callable[..., Outcome]
RAIN = {"player": "Loop Player", "files": [{"name": "Rain.mp3", "output": 1}]}


@pytest.fixture
def host() -> Iterator[CoreHost]:
    """A Core whose design has a loop player."""
    yield from running(Core(demo_design(200, 2)))


def test_a_file_plays_until_it_is_stopped(call: Calling, host: CoreHost) -> None:
    started = call("qsys.player.start", **RAIN, loop=True)
    job = host.core.playing["Loop Player"][1]
    assert (job.file, job.loop) == ("Rain.mp3", True)
    sent = host.core.history[-1].params
    assert sent["RefID"] == str(started.call_id)
    call("qsys.player.stop", player="Loop Player", outputs=[1])
    assert host.core.playing["Loop Player"] == {}


def test_an_emergency_stop_lets_silence_through_and_no_sound(
    call: Calling, host: CoreHost, device: Device
) -> None:
    call("qsys.player.start", **RAIN)
    stop_set(tenant_id=device.tenant_id, path="/", set_by="Ann", reason="fire")
    refused = refusal(call, "qsys.player.start", **RAIN)
    assert refused.code is Code.CONFLICT
    assert host.core.counts["LoopPlayer.Start"] == 1
    call("qsys.player.stop", player="Loop Player", outputs=[1])
    assert host.core.playing["Loop Player"] == {}


def test_what_waits_is_dropped_and_what_plays_goes_on(call: Calling, host: CoreHost) -> None:
    call("qsys.player.start", **RAIN)
    call("qsys.player.stop", player="Loop Player", outputs=[1], waiting=True)
    assert host.core.playing["Loop Player"][1].state == "Playing"


@pytest.mark.parametrize(
    "wrong",
    [{"files": []}, {"at": 86_400}, {"at": "soon"}, {"files": [{"name": "x", "output": 0}]}],
)
def test_what_makes_no_sense_is_not_sent(
    call: Calling, host: CoreHost, wrong: dict[str, Any]
) -> None:
    assert refusal(call, "qsys.player.start", **{**RAIN, **wrong}).code is Code.INVALID
    assert host.core.counts["LoopPlayer.Start"] == 0


def test_a_missing_file_is_the_cores_refusal(call: Calling, host: CoreHost) -> None:
    files = [{"name": "Nothing.wav", "output": 1}]
    failure = refusal(call, "qsys.player.start", player="Loop Player", files=files)
    assert failure.code is Code.DEVICE_REJECTED
    assert "Nothing.wav" in failure.detail
    assert host.core.playing["Loop Player"] == {}


def test_dry_runs_name_the_outputs(call: Calling, host: CoreHost) -> None:
    starting = call("qsys.player.start", **RAIN, _dry_run=True).plan
    stopping = call("qsys.player.stop", player="Loop Player", outputs=[2], _dry_run=True).plan
    assert starting is not None
    assert stopping is not None
    assert [one.what for one in starting.changes] == ["Loop Player / output 1"]
    assert stopping.changes[0].after == "silent"
    assert not any(name.startswith("LoopPlayer") for name in host.core.counts)


def test_a_viewer_may_not(call: Calling, host: CoreHost, device: Device) -> None:
    viewer = factories.actor_of("viewer", device.tenant)
    assert refusal(call, "qsys.player.start", by=viewer, **RAIN).code is Code.FORBIDDEN
    assert host.core.counts["LoopPlayer.Start"] == 0


def test_nobody_knows_how_a_lost_order_ended(device: Device, operator: Actor) -> None:
    call = Call(operation="qsys.player.stop", input={}, actor=operator, face=Face.REST)
    context = Context(call=call, deadline=clock.monotonic() + 5)
    data = QsysPlayerStopIn(device=str(device.id), player="Loop Player", outputs=[1])
    outcome = players.player_settle(context, data, call.id)
    assert outcome.code == Code.INDETERMINATE
    assert "Listen" in str(outcome.detail)
