"""What the SDK's server once answered, kept as bytes: lists change with rights and nothing else."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from prometheus_client import Gauge

from apps.kernel.actor import Actor
from apps.kernel.cache import HITS, MISSES
from apps.mcp.message import Message
from apps.mcp.visit import Visit
from apps.operations.catalogue import installed

#: Methods whose answer follows from version, rights and address alone.
KEPT: Final = frozenset({"initialize", "server/discover", "tools/list"})
#: Names the tools a caller wants to be shown, besides the address.
TOOLSET_HEADER: Final = "x-mcp-toolset"
#: Answers kept at once; the least used make room.
ANSWERS_MOST: Final = 256

SIZE = Gauge("mcp_cache_size_items", "Answers kept in memory.", multiprocess_mode="livesum")


class Memo:
    """Results as JSON bytes, by what they depend on. Belongs to one event loop."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, bytes] = OrderedDict()

    def get(self, key: Hashable) -> bytes | None:
        """The kept result."""
        found = self._known.get(key)
        if found is None:
            MISSES.inc()
            return None
        HITS.inc()
        self._known.move_to_end(key)
        return found

    def put(self, key: Hashable, result: bytes) -> None:
        """Keep a result."""
        self._known[key] = result
        while len(self._known) > ANSWERS_MOST:
            self._known.popitem(last=False)
        SIZE.set(len(self._known))


def key_of(visit: Visit, message: Message) -> Hashable:
    """All that an answer depends on. The catalogue is part of it: it is one a process, but many
    in tests."""
    if message.method == "initialize":
        return message.method, message.params["protocolVersion"], id(installed())
    asked = visit.scope["path"], visit.headers.get(TOOLSET_HEADER, "")
    return message.method, message.version, asked, rights_of(visit.actor), id(installed())


def rights_of(actor: Actor) -> Hashable:
    """What decides which tools an actor sees: its kind, its scopes, the permissions it holds."""
    held = tuple(frozenset(right.permissions for right in layer) for layer in actor.layers)
    return actor.kind, actor.scopes, held, actor.superuser, actor.steps_up
