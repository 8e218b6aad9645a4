"""Rate-limit tokens held by this process, so that few calls on the loop have to ask Valkey."""

import asyncio
from collections import OrderedDict, deque
from typing import Final

from apps.kernel import clock
from apps.kernel.actor import Actor, ActorKind
from apps.operations import limits
from apps.operations.call import Receipt

#: Tokens held at most, and only where the burst is many times as large.
BATCH: Final = 10
BATCH_FROM_BURST: Final = 100
#: Seconds after which held tokens are forgotten.
KEPT: Final = 10.0
HOLDERS_MOST: Final = 1_024

_FREE: Final = Receipt(0)
_PAID: Final = Receipt(1)


class _Purse:
    """The tokens of one credential, and who waits for one; never the truth.

    One question to Valkey at a time. It asks for all who wait and, where tokens may be held, for
    a batch besides; those who came meanwhile share the next one.
    """

    __slots__ = ("_asking", "_left", "_until", "_waiting")

    def __init__(self) -> None:
        self._left = 0
        self._until = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._asking: asyncio.Task[None] | None = None

    def has_one(self) -> bool:
        """Take a held token; whether there was one."""
        if self._left < 1 or self._until <= clock.monotonic():
            return False
        self._left -= 1
        return True

    async def one(self, actor: Actor) -> None:
        """Wait for a token; raises `rate_limited` with the time to come again."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        self.fill(actor)
        await mine

    @property
    def is_empty(self) -> bool:
        """Whether the last held token is spent."""
        return self._left < 1

    def fill(self, actor: Actor) -> None:
        """Ask for tokens, unless somebody does."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(actor, BATCH if batches(actor) else 0))
            self._asking.add_done_callback(self._give_up)

    async def _ask(self, actor: Actor, spare: int) -> None:
        """Ask until nobody waits. It is no longer asking before the task is done: whoever came
        between the two would wait for nothing."""
        try:
            while True:
                taken = await limits.take(actor, needed=len(self._waiting), spare=spare)
                if taken.tokens:
                    self._share(taken.tokens, spare)
                else:
                    self._refuse(actor, taken.wait)
                if not self._waiting:
                    return
        finally:
            self._asking = None

    def _share(self, tokens: int, spare: int) -> None:
        """Whoever waits comes first; of the rest no more is held than may be."""
        while self._waiting and tokens:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
                tokens -= 1
        self._left, self._until = min(tokens, spare), clock.monotonic() + KEPT

    def _refuse(self, actor: Actor, wait: float) -> None:
        while self._waiting:
            first = self._waiting.popleft()
            if not first.done():
                limits.HITS.inc()
                first.set_exception(limits.refused(wait, limits.rate_of(actor)))

    def _give_up(self, task: asyncio.Task[None]) -> None:
        """A question that broke off is the end for all who wait: none may wait for ever."""
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        while error is not None and self._waiting:
            first = self._waiting.popleft()
            if not first.done():
                first.set_exception(error)


class Limiter:
    """Takes tokens in batches per credential. Belongs to one event loop."""

    def __init__(self) -> None:
        self._purses: OrderedDict[str, _Purse] = OrderedDict()

    async def spend(self, actor: Actor) -> Receipt:
        """One token for one READ; raises `rate_limited` with the time to come again.

        The last held token has the next ones fetched before anybody needs them.
        """
        if actor.kind is ActorKind.ANONYMOUS:
            return _FREE
        purse = self._purse_of(limits.key_of(actor))
        if not purse.has_one():
            await purse.one(actor)
        elif purse.is_empty:
            purse.fill(actor)
        return _PAID

    def _purse_of(self, key: str) -> _Purse:
        purse = self._purses.get(key)
        if purse is None:
            purse = self._purses[key] = _Purse()
            while len(self._purses) > HOLDERS_MOST:
                self._purses.popitem(last=False)
        return purse


def batches(actor: Actor) -> bool:
    """Whether tokens of `actor` may be held; each call of an agent counts alone."""
    if actor.kind is ActorKind.AGENT:
        return False
    return limits.rate_of(actor).burst >= BATCH_FROM_BURST
