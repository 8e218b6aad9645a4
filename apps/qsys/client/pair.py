"""A session with the active Core of a redundant pair, which survives a fail-over for its caller."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from apps.qsys.client.errors import QsysError, QsysRejected, QsysUnreachable
from apps.qsys.client.rpc import Answer
from apps.qsys.client.session import QsysSession
from apps.qsys.client.transport import Transport

#: Opens a session with whichever Core is active, waiting for one at most so many seconds.
Elsewhere = Callable[[float], Awaitable[QsysSession]]

#: What belongs to one connection and means nothing on another.
TIED = ("ChangeGroup.", "Logon", "NoOp", "StatusGet")
#: What may be asked twice.
READS = frozenset(
    {
        "Component.Get",
        "Component.GetComponents",
        "Component.GetControls",
        "Control.Get",
        "PA.GetConfig",
    }
)


class PairSession(QsysSession):
    """A session with one Core that turns to its partner when this one stands by or is gone.

    What a standby Core refuses it has not done, so it is asked of the active one instead. A
    question whose answer was lost is asked again there. A change whose answer was lost is not:
    it stays QsysUnreachable (sent), and its caller reads back. Change groups and the engine
    status belong to the connection and are never asked elsewhere.
    """

    def __init__(self, transport: Transport, *, elsewhere: Elsewhere, **options: Any) -> None:
        super().__init__(transport, **options)
        self._elsewhere: Elsewhere | None = elsewhere
        self._other: QsysSession | None = None
        self._turning = asyncio.Lock()

    @property
    def turned(self) -> bool:
        """Whether the partner answers for this session, which should not be kept then."""
        return self._other is not None

    def tie(self) -> None:
        """Ask this Core only, whatever it says."""
        self._elsewhere = None

    async def ask(self, method: str, params: Any = None, *, timeout: float | None = None) -> Answer:
        """Ask this Core, or the active one where this is not it any more."""
        within = self._timeout if timeout is None else timeout
        deadline = asyncio.get_running_loop().time() + within
        if self._elsewhere is None or method.startswith(TIED):
            return await super().ask(method, params, timeout=within)
        if self._other is None:
            try:
                return await super().ask(method, params, timeout=within)
            except QsysError as error:
                if not _may_be_asked_again(error, method):
                    raise
        other = await self._turn(self._elsewhere, deadline)
        return await other.ask(method, params, timeout=_left(deadline))

    async def close(self) -> None:
        """Close both connections."""
        await super().close()
        if self._other is not None:
            await self._other.close()

    async def _turn(self, elsewhere: Elsewhere, deadline: float) -> QsysSession:
        """The active Core's session; callers that were refused together open it once."""
        async with self._turning:
            if self._other is None:
                self._other = await elsewhere(_left(deadline))
            return self._other


def _may_be_asked_again(error: QsysError, method: str) -> bool:
    if isinstance(error, QsysRejected):
        return error.standby
    if not isinstance(error, QsysUnreachable) or error.timed_out:
        return False
    return not error.sent or method in READS


def _left(deadline: float) -> float:
    return deadline - asyncio.get_running_loop().time()
