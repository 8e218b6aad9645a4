"""An aspect: one setting of a miner that is read whole and written whole."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from apps.miners.client.miner import MinerClient

V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect(Generic[V]):
    """How a setting is read, written and told.

    `shown` gives it as JSON without its secrets, for plans, evidence and for telling whether the
    miner is as it was wanted. `permission` is what writing it needs; what is
    `disruptive` interrupts mining and is written under the device's lease.
    """

    name: str
    title: str
    permission: str
    disruptive: bool
    kind: TypeAdapter[V]
    read: Callable[[MinerClient], Awaitable[V]]
    write: Callable[[MinerClient, V], Awaitable[None]]
    shown: Callable[[V], Any]

    def dumped(self, value: V) -> Any:
        """As JSON with its secrets: only ever to be sealed."""
        return self.kind.dump_python(value, mode="json")

    def loaded(self, raw: Any) -> V:
        """What `dumped` gave."""
        return self.kind.validate_python(raw)

    def agrees(self, found: V, wanted: V) -> bool:
        """Whether the miner does as it was wanted; what was left to it may be anything."""
        has, asked = self.shown(found), self.shown(wanted)
        if not isinstance(asked, dict):
            return bool(has == asked)
        return all(has.get(name) == value for name, value in asked.items() if value is not None)
