"""Rate-limit tokens held by this process, so that a call on the loop need not ask Valkey."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from apps.kernel import clock
from apps.kernel.actor import Actor, ActorKind
from apps.kernel.errors import Failure
from apps.mcp.threads import threads
from apps.operations import limits
from apps.operations.call import Receipt

#: Tokens taken at once, and only where the burst is many times as large.
BATCH: Final = 10
BATCH_FROM_BURST: Final = 100
#: Seconds after which held tokens are forgotten.
KEPT: Final = 10.0
HOLDERS_MOST: Final = 1_024


@dataclass(slots=True)
class _Held:
    left: int
    until: float


class Limiter:
    """Takes tokens in batches per credential. Belongs to one event loop; never the truth.

    Callers that find no token wait for the one running refill, so that parallel calls do not
    each take a batch and empty the bucket between them.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._refills: dict[str, asyncio.Task[None]] = {}

    async def spend(self, actor: Actor) -> Receipt:
        """One token for one READ; raises `rate_limited` with the time to come again."""
        if actor.kind is ActorKind.ANONYMOUS:
            return Receipt(0)
        key = limits.key_of(actor)
        while not self._take(key):
            await self._refill(key, actor)
        return Receipt(1)

    def _take(self, key: str) -> bool:
        held = self._held.get(key)
        if held is None or held.left < 1 or held.until <= clock.monotonic():
            return False
        held.left -= 1
        return True

    async def _refill(self, key: str, actor: Actor) -> None:
        task = self._refills.get(key)
        if task is None:
            task = self._refills[key] = asyncio.create_task(self._fetch(key, actor))
        await asyncio.shield(task)

    async def _fetch(self, key: str, actor: Actor) -> None:
        """Ask for tokens and keep them.

        The refill is taken off the list before the task is done: whoever met a finished one
        there would ask again at once, for ever, and never let the loop go on.
        """
        try:
            taken = await threads.run(_ask, actor)
        finally:
            del self._refills[key]
        self._held[key] = _Held(taken, clock.monotonic() + KEPT)
        self._held.move_to_end(key)
        while len(self._held) > HOLDERS_MOST:
            self._held.popitem(last=False)


def batches(actor: Actor) -> bool:
    """Whether tokens of `actor` may be taken in batches; each call of an agent counts alone."""
    if actor.kind is ActorKind.AGENT:
        return False
    return limits.rate_of(actor).burst >= BATCH_FROM_BURST


def _ask(actor: Actor) -> int:
    """Take a batch; near the end of the bucket a single token. How many were taken."""
    if batches(actor):
        try:
            limits.spend(actor, BATCH, dangerous=False)
        except Failure:
            pass  # fewer than a batch are left; one may be
        else:
            return BATCH
    limits.spend(actor, 1, dangerous=False)
    return 1
