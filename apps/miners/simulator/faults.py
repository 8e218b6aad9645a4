"""Scripted faults of a simulated miner: which are on, and what waits for them to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

import grpc


class Faults:
    """Every field is a fault, born in its harmless position."""

    def __init__(self) -> None:
        self._moved = asyncio.Event()
        # Seconds besides, drawn for each answer: how the network is, and no fault.
        self.network: Callable[[], float] | None = None
        self.reset()

    def reset(self, name: str | None = None) -> None:
        """Puts one fault, or all, back into the harmless position; the network stays as it is."""
        old = dict(vars(self))
        self.refuse = False
        self.mute = False
        self.hang: frozenset[str] = frozenset()
        self.latency = 0.0  # seconds before each answer
        self.drop_upload: int | None = None  # byte at which the link breaks, once
        self.old_version = False
        self.old_network = False  # a new address is taken and not used
        self.old_password = False  # a new password is taken and not used
        self.hashrate = 1.0  # factor
        self.thermal_pause = False
        self.dead_pools = False
        self.ignore_pause = 0  # so many commands to pause are taken and not followed
        self.unimplemented: frozenset[str] = frozenset()
        self.garbage: tuple[str, frozenset[str]] | None = None  # kind, and methods it answers for
        self.busy: grpc.StatusCode | None = None  # status of the refusal
        if name is not None:
            vars(self).update({field: old[field] for field in old if field != name})

    def changed(self) -> None:
        """Wakes whatever is held back, so that it looks again."""
        self._moved.set()
        self._moved = asyncio.Event()

    async def gate(self, method: str = "") -> None:
        """Waits while the miner is mute or the method hangs, then for the latency."""
        while self.mute or names_method(method, self.hang):
            await self._moved.wait()
        waits = self.latency + (self.network() if self.network else 0.0)
        if waits:
            await asyncio.sleep(waits)

    def garbled(self, method: str, answer: bytes) -> bytes:
        """The bytes to answer with: the true ones, unless garbage is on for the method."""
        if self.garbage is None or not names_method(method, self.garbage[1]):
            return answer
        return GARBAGE[self.garbage[0]](answer)


#: Kinds of garbage: bytes that are no message, a message cut short, a message of another type.
GARBAGE: Final[dict[str, Callable[[bytes], bytes]]] = {
    "noise": lambda answer: b"\xff" * 24,
    "truncated": lambda answer: answer[:-1],
    "other": lambda answer: b"\x0a\x05other",
}


def names_method(path: str, names: Iterable[str]) -> bool:
    """Whether a path `/package.Service/Method` is meant by `Method`, `*` or the path itself."""
    return any(name in ("*", path, path.rpartition("/")[2]) for name in names if path)
