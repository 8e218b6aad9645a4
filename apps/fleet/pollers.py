"""What fleet asks of a family's poller, and the list of them: installed by name, like drivers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from apps.fleet.hold import ShardHold


class Poller(Protocol):
    """Keeps the state of one shard of one driver's devices for as long as the shard is held.

    `run` lives on the process's device loop. It returns soon after `shard.stop` is set, keeps
    going when single devices fail, looks at `await shard.devices()` again every few seconds,
    and asks `shard.held()` before it writes anything.
    """

    async def run(self, shard: "ShardHold") -> None:
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
