"""Finding what a request names: its parameters, a component, a control."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from apps.qsys.simulator.control import Control
from apps.qsys.simulator.core import Component
from apps.qsys.simulator.peer import Peer
from apps.qsys.simulator.rpc import (
    INVALID_PARAMS,
    UNKNOWN_COMPONENT,
    UNKNOWN_CONTROL,
    RpcError,
)

T = TypeVar("T")


class Named(msgspec.Struct, rename="pascal"):
    """An object of which only the name counts."""

    name: str


def take(params: Any, kind: type[T]) -> T:
    """The parameters as `kind`; raises error -32602."""
    try:
        return msgspec.convert(params, kind)
    except msgspec.ValidationError as error:
        raise RpcError(INVALID_PARAMS, f"Invalid params: {error}") from error


def component(peer: Peer, name: str) -> Component:
    """An exposed component; raises error 7."""
    found = peer.core.components.get(name)
    if found is None or not found.spec.exposed:
        raise RpcError(UNKNOWN_COMPONENT, f"Unknown component '{name}'")
    return found


def pick(owner: Component, names: list[Named | str]) -> list[Control]:
    """Controls of a component; raises error 8."""
    return [_one(owner, one if isinstance(one, str) else one.name) for one in names]


def _one(owner: Component, name: str) -> Control:
    found = owner.controls.get(name)
    if found is None:
        raise RpcError(UNKNOWN_CONTROL, f"Unknown control '{name}' in component '{owner.name}'")
    return found


def named(peer: Peer, name: str) -> Control:
    """A named control; raises error 8."""
    found = peer.core.named.get(name)
    if found is None:
        raise RpcError(UNKNOWN_CONTROL, f"Unknown control '{name}'")
    return found
