"""The methods of QRC that a simulated Core performs, as a table from name to function."""

from __future__ import annotations

from typing import Any

import msgspec

from apps.qsys.simulator import looping, mixing, paging, rendering, snapshots
from apps.qsys.simulator.control import Control
from apps.qsys.simulator.lookup import Named, component, named, pick, take
from apps.qsys.simulator.peer import Method, Peer
from apps.qsys.simulator.rpc import INVALID_PARAMS, LOGON_REQUIRED, RpcError

LEAST_RATE = 0.01
# Members of a full state that GetControls leaves out.
LISTED = (
    "Name", "Type", "Value", "ValueMin", "ValueMax", "StringMin", "StringMax", "String",
    "Position", "Direction",
)  # fmt: skip
LEAN = ("Name", "Value", "String", "Position")


class ControlsOf(msgspec.Struct, rename="pascal"):
    """A component and some of its controls."""

    name: str
    controls: list[Named | str]


class Setting(msgspec.Struct, rename="pascal"):
    """One control to set. Unknown members, such as the `Bool` of QSC's library, are ignored."""

    name: str
    value: float | bool | str | None = None
    position: float | None = None
    string: str | None = None
    ramp: float = 0.0


class SetOf(msgspec.Struct, rename="pascal"):
    """Component.Set."""

    name: str
    controls: list[Setting]
    response_values: bool = False


class Grouped(msgspec.Struct, rename="pascal"):
    """Whatever names a change group."""

    id: str | int


class GroupNamed(Grouped, rename="pascal"):
    """ChangeGroup.AddControl and Remove."""

    controls: list[str]


class GroupComponent(Grouped, rename="pascal"):
    """ChangeGroup.AddComponentControl."""

    component: ControlsOf


class GroupRate(Grouped, rename="pascal"):
    """ChangeGroup.AutoPoll; seconds."""

    rate: float


class LogonParams(msgspec.Struct, rename="pascal"):
    """Logon; the password is a PIN."""

    user: str
    password: str


def show(peer: Peer, control: Control, members: tuple[str, ...] | None) -> dict[str, Any]:
    """The state of a control now, with some or all members."""
    peer.core.look(control)
    state: dict[str, Any] = msgspec.to_builtins(control.rendered())
    return state if members is None else {key: state[key] for key in members}


# -- the Core


def no_op(peer: Peer, params: Any) -> Any:
    """NoOp."""
    return peer.core.dialect.ack or True


def logon(peer: Peer, params: Any) -> Any:
    """Logon; a wrong PIN reads like a missing one."""
    given = take(params, LogonParams)
    if peer.core.users and peer.core.users.get(given.user) != given.password:
        raise RpcError(LOGON_REQUIRED, "Logon required")
    peer.logged_on = True
    return peer.core.dialect.ack


def status_get(peer: Peer, params: Any) -> Any:
    """StatusGet, whatever its params."""
    return peer.core.engine_status()


# -- components


def get_components(peer: Peer, params: Any) -> Any:
    """Component.GetComponents, whatever its params."""
    return [
        {
            "ID": one.name,
            "Name": one.name,
            "Type": one.spec.type,
            "Properties": [
                {"Name": key, "Value": value, "PrettyName": key}
                for key, value in one.spec.properties.items()
            ],
            "Controls": None,
            "ControlSource": 2,
        }
        for one in peer.core.exposed()
    ]


def get_controls(peer: Peer, params: Any) -> Any:
    """Component.GetControls."""
    owner = component(peer, take(params, Named).name)
    peer.core.advance()
    controls = [show(peer, one, LISTED) for one in owner.controls.values()]
    return {"Name": owner.name, "Controls": controls}


def component_get(peer: Peer, params: Any) -> Any:
    """Component.Get."""
    wanted = take(params, ControlsOf)
    owner = component(peer, wanted.name)
    peer.core.advance()
    controls = [show(peer, one, LEAN) for one in pick(owner, wanted.controls)]
    return {"Name": owner.name, "Controls": controls}


def component_set(peer: Peer, params: Any) -> Any:
    """Component.Set: new states if asked for, else the unknown controls or an acknowledgement."""
    wanted = take(params, SetOf)
    owner = component(peer, wanted.name)
    if wanted.response_values:
        pick(owner, [one.name for one in wanted.controls])
    known = [one for one in wanted.controls if one.name in owner.controls]
    peer.core.advance()
    for one in known:
        apply(peer, owner.controls[one.name], one)
    if wanted.response_values:
        return [show(peer, owner.controls[one.name], None) for one in known]
    unknown = [one.name for one in wanted.controls if one.name not in owner.controls]
    return unknown or peer.core.dialect.ack


def apply(peer: Peer, control: Control, setting: Setting) -> None:
    """Do one setting. A read-only control stays as it is, without an error: read back."""
    text = setting.string if setting.string is not None else setting.value
    if text is None and setting.position is None:
        raise RpcError(INVALID_PARAMS, "Value, Position or String is missing")
    if control.spec.direction == "Read Only":
        return
    if control.spec.type in ("Trigger", "State Trigger"):
        control.touch()
        snapshots.pressed(peer.core, control)
    elif control.spec.type == "Text":
        control.write(str(text))
    else:
        peer.core.move(control, _target(control, setting), setting.ramp)


def _target(control: Control, setting: Setting) -> float:
    given = setting.value if setting.string is None else setting.string
    try:
        if isinstance(given, str):
            return rendering.parse(control.spec, given)
        if given is None:
            return rendering.from_position(control.spec, setting.position or 0.0)
        return float(given)
    except ValueError as error:
        words = f"Invalid value for control '{control.name}'"
        raise RpcError(INVALID_PARAMS, words) from error


# -- named controls


def control_get(peer: Peer, params: Any) -> Any:
    """Control.Get."""
    names = take(params, list[str])
    peer.core.advance()
    return [{**show(peer, named(peer, name), LEAN), "Name": name} for name in names]


def control_set(peer: Peer, params: Any) -> Any:
    """Control.Set."""
    setting = take(params, Setting)
    control = named(peer, setting.name)
    peer.core.advance()
    apply(peer, control, setting)
    return {**show(peer, control, LEAN), "Name": setting.name}


# -- change groups


def add_control(peer: Peer, params: Any) -> Any:
    """ChangeGroup.AddControl."""
    wanted = take(params, GroupNamed)
    controls = [(named(peer, name), name) for name in wanted.controls]
    group = peer.group_or_new(wanted.id)
    for control, name in controls:
        group.add(control, name)
    return peer.core.dialect.ack


def add_component_control(peer: Peer, params: Any) -> Any:
    """ChangeGroup.AddComponentControl."""
    wanted = take(params, GroupComponent)
    controls = pick(component(peer, wanted.component.name), wanted.component.controls)
    group = peer.group_or_new(wanted.id)
    for control in controls:
        group.add(control)
    return peer.core.dialect.ack


def remove(peer: Peer, params: Any) -> Any:
    """ChangeGroup.Remove: the unknown names, or an acknowledgement."""
    wanted = take(params, GroupNamed)
    group = peer.group(wanted.id)
    unknown = [name for name in wanted.controls if name not in peer.core.named]
    for name in wanted.controls:
        if name in peer.core.named:
            group.remove(peer.core.named[name])
    return unknown or peer.core.dialect.ack


def clear(peer: Peer, params: Any) -> Any:
    """ChangeGroup.Clear."""
    peer.group(take(params, Grouped).id).clear()
    return peer.core.dialect.ack


def invalidate(peer: Peer, params: Any) -> Any:
    """ChangeGroup.Invalidate."""
    peer.group(take(params, Grouped).id).invalidate()
    return peer.core.dialect.ack


def destroy(peer: Peer, params: Any) -> Any:
    """ChangeGroup.Destroy."""
    peer.drop_group(take(params, Grouped).id)
    return peer.core.dialect.ack


def poll(peer: Peer, params: Any) -> Any:
    """ChangeGroup.Poll."""
    group = peer.group(take(params, Grouped).id)
    return {"Id": group.id, "Changes": group.poll(peer.core.advance())}


def autopoll(peer: Peer, params: Any) -> Any:
    """ChangeGroup.AutoPoll: the full state now or with the first push, then what changes."""
    wanted = take(params, GroupRate)
    group = peer.group(wanted.id)
    group.invalidate()
    peer.poll_every(group, max(wanted.rate, LEAST_RATE))
    if not peer.core.dialect.push_state:
        return peer.core.dialect.ack
    return {"Id": group.id, "Changes": group.poll(peer.core.advance())}


METHODS: dict[str, Method] = {
    "NoOp": no_op,
    "Logon": logon,
    "StatusGet": status_get,
    "Component.GetComponents": get_components,
    "Component.GetControls": get_controls,
    "Component.Get": component_get,
    "Component.Set": component_set,
    "Control.Get": control_get,
    "Control.Set": control_set,
    "ChangeGroup.AddControl": add_control,
    "ChangeGroup.AddComponentControl": add_component_control,
    "ChangeGroup.Remove": remove,
    "ChangeGroup.Clear": clear,
    "ChangeGroup.Invalidate": invalidate,
    "ChangeGroup.Destroy": destroy,
    "ChangeGroup.Poll": poll,
    "ChangeGroup.AutoPoll": autopoll,
    **mixing.METHODS,
    **snapshots.METHODS,
    **looping.METHODS,
    **paging.METHODS,
}
