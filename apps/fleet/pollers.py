"""What fleet asks of a family's poller, and the list of them: installed by name, like drivers."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from apps.fleet.models import Device
from apps.fleet.shardkeys import ShardKey

T = TypeVar("T")


class Shard(Protocol):
    """A shard as its poller sees it; `key` is the fence that goes into every write of state."""

    key: ShardKey
    stop: asyncio.Event

    @property
    def epoch(self) -> int:
        """The fence of this hold."""

    def held(self) -> bool:
        """Whether its holder may still write."""

    async def devices(self) -> list[Device]:
        """The shard's devices in operation, as they are now."""

    async def database(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run synchronous work on rows in the shard's own thread."""


class Poller(Protocol):
    """Keeps the state of one shard of one driver's devices for as long as the shard is held.

    `run` lives on the process's device loop. It returns soon after `shard.stop` is set, keeps
    going when single devices fail, looks at `await shard.devices()` again every few seconds,
    and asks `shard.held()` before it writes anything.
    """

    async def run(self, shard: Shard) -> None:
        """Poll until `shard.stop` is set."""


_pollers: dict[str, Poller] = {}


def install(pollers: Mapping[str, Poller]) -> None:
    """Make `pollers` (by driver name) this process's table; called once, by the wiring."""
    _pollers.clear()
    _pollers.update(pollers)


def poller(driver: str) -> Poller:
    """The poller of a driver; raises KeyError for one that is not polled."""
    return _pollers[driver]


def polled() -> tuple[str, ...]:
    """The drivers whose devices are polled."""
    return tuple(sorted(_pollers))
