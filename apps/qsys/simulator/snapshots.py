"""The snapshot banks of a simulated Core: what a slot holds, recalled by method or by button."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from apps.qsys.simulator.control import Control
from apps.qsys.simulator.core import Component, Core
from apps.qsys.simulator.lookup import component, take
from apps.qsys.simulator.peer import Method, Peer
from apps.qsys.simulator.rpc import INVALID_PARAMS, UNKNOWN_COMPONENT, RpcError

BANK: Final = "snapshot_controller"
BUTTON: Final = re.compile(r"^(load|save)\.(\d+)$")
#: Kinds whose controls a bank of this simulator holds; a design chooses them one by one.
HELD: Final = ("gain", "mixer", "router_with_output")
SAVED: Final = 1.0
RECALLED: Final = 2.0


class SlotParams(msgspec.Struct, rename="pascal"):
    """Snapshot.Load and Save: the bank by name, the slot under the name Bank."""

    name: str
    bank: int
    ramp: float = 0.0


def bank_of(peer: Peer, name: str) -> Component:
    """A bank; raises error 7."""
    found = component(peer, name)
    if found.spec.type != BANK:
        raise RpcError(UNKNOWN_COMPONENT, f"'{name}' is no snapshot bank")
    return found


def load(peer: Peer, params: Any) -> Any:
    """Snapshot.Load."""
    given = _checked(peer, params)
    recall(peer.core, peer.core.components[given.name], given.bank, given.ramp)
    return peer.core.dialect.ack


def save(peer: Peer, params: Any) -> Any:
    """Snapshot.Save."""
    given = _checked(peer, params)
    keep(peer.core, peer.core.components[given.name], given.bank)
    return peer.core.dialect.ack


def _checked(peer: Peer, params: Any) -> SlotParams:
    given = take(params, SlotParams)
    if f"load.{given.bank}" not in bank_of(peer, given.name).controls:
        raise RpcError(INVALID_PARAMS, f"Snapshot bank '{given.name}' has no slot {given.bank}")
    return given


def pressed(core: Core, control: Control) -> None:
    """What a press of a bank's button does; other triggers do nothing here."""
    owner = core.components[control.component]
    button = BUTTON.match(control.name)
    if owner.spec.type != BANK or button is None:
        return
    if button[1] == "save":
        keep(core, owner, int(button[2]))
    else:
        recall(core, owner, int(button[2]), owner.controls["ramp.time"].value)


def keep(core: Core, bank: Component, slot: int) -> None:
    """Store the present state in a slot."""
    core.advance()
    core.stored[bank.name, slot] = {
        one: one.text if one.spec.type == "Text" else one.value for one in _members(core)
    }
    bank.controls[f"load.state.{slot}"].settle(SAVED)


def recall(core: Core, bank: Component, slot: int, ramp: float) -> None:
    """Bring back what a slot holds: an empty one holds the design as it was deployed."""
    core.advance()
    held = core.stored.get((bank.name, slot))
    for control in _members(core):
        value = _deployed(control) if held is None else held[control]
        if isinstance(value, str):
            control.write(value)
        elif value != control.value or control.ramp is not None:
            core.move(control, value, ramp)
    for name, one in bank.controls.items():
        if name.startswith("last."):
            one.settle(float(name == f"last.{slot}"))
    bank.controls[f"load.state.{slot}"].settle(RECALLED)


def _deployed(control: Control) -> float | str:
    return control.spec.text if control.spec.type == "Text" else control.spec.value


def _members(core: Core) -> list[Control]:
    return [
        control
        for owner in core.components.values()
        if owner.spec.type in HELD
        for control in owner.controls.values()
        if control.spec.direction == "Read/Write" and control.spec.type != "Trigger"
    ]


METHODS: Final[dict[str, Method]] = {"Snapshot.Load": load, "Snapshot.Save": save}
