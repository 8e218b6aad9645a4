"""A caller's change group tells what changed since its last poll, and is nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.fleet import loop as device_loop
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.valkey import valkey
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.outcome import Outcome
from apps.qsys.models import Control, ControlValue, Core, Watch
from apps.qsys.services.groups import shelf
from apps.qsys.simulator import CoreHost
from tests.support import factories
from tests.unit.qsys.operations.test_reading import refusal

Calling = Callable[..., Outcome]
Asking = Callable[..., dict[str, Any]]
GAIN = {"component": "Lobby Gain", "controls": ["gain"]}
MUTE = {"component": "Lobby Gain", "controls": ["mute"]}


@pytest.fixture
def ask(operator: Actor) -> Asking:
    """Calls an operation on the operator's own groups."""

    def asking(operation: str, *, by: Actor | None = None, **given: Any) -> dict[str, Any]:
        call = Call(operation=operation, input=given, actor=by or operator, face=Face.REST)
        output = invoke(call).output
        assert output is not None
        return output

    return asking


def refused(ask: Asking, operation: str, **given: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        ask(operation, **given)
    return caught.value


def told(output: dict[str, Any]) -> dict[str, Any]:
    return {one["control"]: one["value"] for one in output["changes"]}


def watched(device: Device, value: float) -> ControlValue:
    """The gain as a poller would have left it."""
    Core.system.update_or_create(device=device, defaults={"design_code": "now"})
    Watch.system.get_or_create(device=device, name="Gains", component="*Gain", controls=["gain"])
    control, _ = Control.system.update_or_create(
        device=device, component="Lobby Gain", name="gain", defaults={"design_code": "now"}
    )
    row, _ = ControlValue.objects.update_or_create(
        control=control, defaults={"at": clock.now(), "number": value, "string": f"{value}dB"}
    )
    return row


def move(host: CoreHost, name: str, value: float) -> None:
    async def touch() -> None:
        host.core.move(host.core.control("Lobby Gain", name), value)

    device_loop.run(touch())


def test_a_watched_control_is_told_from_what_the_plane_heard(
    call: Calling, ask: Asking, host: CoreHost, device: Device
) -> None:
    watched(device, -7.5)
    made = call("qsys.group.create", group="mine", **GAIN).output
    assert made is not None
    assert made["controls"] == 1
    first = ask("qsys.group.poll", group="mine")
    assert (told(first), first["asked"]) == ({"gain": -7.5}, 0)
    assert ask("qsys.group.poll", group="mine")["changes"] == []
    watched(device, -6.0)
    assert told(ask("qsys.group.poll", group="mine", wait=5)) == {"gain": -6.0}
    assert told(ask("qsys.group.poll", group="mine", show_all=True)) == {"gain": -6.0}
    assert not any(name.startswith(("ChangeGroup", "Component")) for name in host.core.counts)


def test_what_no_watch_covers_is_asked_of_the_core_without_a_group_there(
    call: Calling, ask: Asking, host: CoreHost, device: Device
) -> None:
    call("create_change_group", group="mine", device=str(device.id), **GAIN)
    ask("add_controls_to_change_group", group="mine", **MUTE)
    ask("qsys.group.add", group="mine", controls=["LobbyGain"])
    first = ask("poll_change_group", group="mine")
    assert (told(first)["gain"], told(first)["LobbyGain"], first["asked"]) == (-20, -20, 3)
    move(host, "mute", 1.0)
    assert set(told(ask("qsys.group.poll", group="mine"))) == {"mute"}
    move(host, "gain", -3.0)
    ask("qsys.group.remove", group="mine", **GAIN)
    assert set(told(ask("qsys.group.poll", group="mine"))) == {"LobbyGain"}
    assert ask("qsys.group.clear", group="mine")["controls"] == 0
    assert ask("qsys.group.poll", group="mine")["changes"] == []
    assert [one["group"] for one in ask("list_change_groups")["groups"]] == ["mine"]
    ask("qsys.group.destroy", group="mine")
    assert ask("qsys.group.list")["groups"] == []
    assert not any(name.startswith("ChangeGroup") for name in host.core.counts)


def test_a_group_is_its_owners_alone_and_goes_with_the_right_on_its_core(
    call: Calling, ask: Asking, device: Device
) -> None:
    call("qsys.group.create", group="mine", **GAIN)
    other = factories.actor_of("viewer", device.tenant)
    assert ask("qsys.group.list", by=other)["groups"] == []
    for verb in ("poll", "clear", "destroy"):
        assert refused(ask, f"qsys.group.{verb}", by=other, group="mine").code is Code.NOT_FOUND
    call("qsys.group.create", by=other, group="mine", **MUTE)
    assert set(told(ask("qsys.group.poll", by=other, group="mine"))) == {"mute"}
    Device.system.filter(id=device.id).update(tenant=factories.tenant("elsewhere"))
    assert refused(ask, "qsys.group.poll", group="mine").code is Code.NOT_FOUND


def test_an_unknown_group_or_control_says_what_to_do(
    call: Calling, ask: Asking, device: Device
) -> None:
    call("qsys.group.create", group="gains", **GAIN)
    failure = refused(ask, "qsys.group.poll", group="gain")
    assert "Did you mean 'gains'?" in failure.detail
    assert "Make one with qsys.group.create" in failure.detail
    watched(device, -7.5)
    failure = refused(
        ask, "qsys.group.add", group="gains", component="Lobby Gain", controls=["gian"]
    )
    assert failure.code is Code.NOT_FOUND
    assert "'gain'" in failure.detail


def test_groups_are_bounded_and_expire(
    call: Calling, ask: Asking, operator: Actor, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "GROUPS_MOST", 2)
    monkeypatch.setattr(shelf, "CONTROLS_MOST", 3)
    for name in ("a", "b"):
        call("qsys.group.create", group=name, **GAIN)
    failure = refusal(call, "qsys.group.create", group="c")
    assert failure.code is Code.CONFLICT
    assert "qsys.group.destroy" in failure.detail
    failure = refused(ask, "qsys.group.add", group="a", controls=["x", "y", "z"])
    assert "3 controls at most" in failure.detail
    assert {one["controls"] for one in ask("qsys.group.list")["groups"]} == {1}
    (key,) = valkey().keys("qsys:groups:*")
    assert 0 < valkey().ttl(key) <= timedelta(hours=24).total_seconds()
    elsewhere = factories.device(
        device.tenant, driver="qsys", kind="core", name="Elsewhere", address="127.0.0.9"
    )
    failure = refusal(call, "qsys.group.create", group="a", device=str(elsewhere.id))
    assert "another Core" in failure.detail
