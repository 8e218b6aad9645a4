"""Pipelined JSON-RPC over one transport: ids, deadlines, keep-alive, pushes, and the end."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import msgspec

from apps.qsys.client.errors import QsysError, QsysUnreachable, from_device
from apps.qsys.client.transport import Transport
from apps.qsys.client.wire import ABSENT, Incoming, Request

T = TypeVar("T")

_decode_incoming = msgspec.json.Decoder(Incoming).decode
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Answer:
    """A result that is still JSON, when it came (wall clock, ns), and its number if it has one."""

    body: msgspec.Raw
    received_ns: int
    number: int


class Waiting(Protocol):
    """What waits for an answer: a future, or something that takes its place."""

    def done(self) -> bool:
        """Whether it waits no more."""

    def set_result(self, result: Answer, /) -> None:
        """The answer."""

    def set_exception(self, exception: QsysError, /) -> None:
        """Why there is none."""


@dataclass(slots=True)
class Counters:
    """What happened on a session besides its answers."""

    requests: int = 0
    garbage: int = 0
    """Frames that were no JSON object of a known shape."""
    late: int = 0
    """Answers that came after their deadline, or to nothing we asked."""


class RpcSession:
    """One connection to a Core, from open to close; a new connection is a new session.

    It does not reconnect: when the connection goes, every call in flight fails with
    QsysUnreachable (sent), `closed` is set, `error` says why, and later calls fail (not sent).
    Answers come in the order of the requests, so any number of calls may be in flight.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        timeout: float = 5.0,
        keepalive: float = 30.0,
        api_key: str | None = None,
    ) -> None:
        """`timeout` is the default deadline of a call, `keepalive` the idle time before a NoOp.

        A Core closes a connection on which it has heard nothing for 60 s. Both in seconds.
        """
        self.closed = asyncio.Event()
        self.error: QsysError | None = None
        self.counters = Counters()
        self._transport = transport
        self._timeout = timeout
        self._keepalive = keepalive
        self._api_key = msgspec.UNSET if api_key is None else api_key
        self._ids = itertools.count(1)
        self._pending: dict[int, tuple[str, Waiting]] = {}
        self._stands = False
        """Whether `ask_for` was used."""
        self._timer: asyncio.TimerHandle | None = None
        self._last_sent = 0.0
        self._opened = False

    @property
    def peer(self) -> str:
        """Where the session leads, for people."""
        return self._transport.peer

    async def open(self, *, timeout: float | None = None) -> Self:
        """Connect; raises QsysUnreachable (not sent) or QsysRefused."""
        try:
            await self._transport.open(self, timeout=self._timeout if timeout is None else timeout)
        except QsysError as error:
            self._end(error)
            raise
        self._opened = True
        self._last_sent = asyncio.get_running_loop().time()
        self._watch_idle()
        return self

    async def close(self) -> None:
        """Close the connection; the Core forgets this session's change groups."""
        self._end(QsysUnreachable(f"the session with {self.peer} was closed by us", sent=True))
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    # -- asking

    async def ask(self, method: str, params: Any = None, *, timeout: float | None = None) -> Answer:
        """Send a request and wait for its answer, at most `timeout` seconds."""
        within = self._timeout if timeout is None else timeout
        self._require_open(method, within)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        if self._transport.full():
            await self._wait_for_room(method, within)
        return await self._exchange(method, params, within, deadline)

    async def call(
        self, method: str, params: Any, kind: type[T], *, timeout: float | None = None
    ) -> T:
        """Like `ask`, with the result read as `kind`."""
        answer = await self.ask(method, params, timeout=timeout)
        return read(answer.body, kind, method)

    def notify(self, method: str, params: Any) -> None:
        """Send a request that gets no answer; nothing happens on a closed session."""
        self._send(Request(method=method, params=params, api_key=self._api_key))

    def ask_for(self, waiting: Waiting, method: str, params: Any) -> int | None:
        """Send a request whose answer goes to `waiting`, which keeps its own deadline.

        The request's number, to `forget` it; None when the peer takes nothing in just now.
        """
        self._require_open(method, self._timeout)
        if self._transport.full():
            return None
        self._stands = True
        number = next(self._ids)
        self._pending[number] = (method, waiting)
        self._send(Request(method=method, params=params, id=number, api_key=self._api_key))
        return number

    def forget(self, number: int) -> None:
        """Nobody waits for this answer any more; it counts as late when it comes."""
        self._pending.pop(number, None)

    async def _exchange(self, method: str, params: Any, within: float, deadline: float) -> Answer:
        loop = asyncio.get_running_loop()
        number = next(self._ids)
        future: asyncio.Future[Answer] = loop.create_future()
        self._pending[number] = (method, future)
        timer = loop.call_at(deadline, self._expire, number, within)
        try:
            self._send(Request(method=method, params=params, id=number, api_key=self._api_key))
            return await future
        finally:
            timer.cancel()
            self._pending.pop(number, None)

    def _send(self, request: Request) -> None:
        self.counters.requests += 1
        self._last_sent = asyncio.get_running_loop().time()
        self._transport.send(_encode(request))

    def _require_open(self, method: str, within: float) -> None:
        if self.closed.is_set():
            why = self.error.message if self.error else "closed"
            raise QsysUnreachable(f"{method} not sent to {self.peer}: {why}", sent=False)
        if not self._opened:
            raise QsysUnreachable(f"{method} not sent: open the session first", sent=False)
        if within <= 0:
            raise QsysUnreachable(f"{method} not sent: no time left", sent=False, timed_out=True)

    async def _wait_for_room(self, method: str, within: float) -> None:
        try:
            await asyncio.wait_for(self._transport.drained(), within)
        except TimeoutError:
            raise QsysUnreachable(
                f"{method} not sent: {self.peer} took in nothing for {within:.1f} s",
                sent=False,
                timed_out=True,
            ) from None
        self._require_open(method, within)

    def _expire(self, number: int, within: float) -> None:
        method, future = self._pending.pop(number, (None, None))
        if future is not None and not future.done():
            message = f"{self.peer} has not answered {method} within {within:.1f} s"
            future.set_exception(QsysUnreachable(message, sent=True, timed_out=True))

    # -- hearing

    def frame_received(self, frame: bytes) -> None:
        """Settle the call a frame answers, or hand a push to `pushed`."""
        received_ns = time.time_ns()
        if self.taken(frame, received_ns):
            return
        try:
            incoming = _decode_incoming(frame)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self.counters.garbage += 1
            return
        waiting = None
        if incoming.method is None and isinstance(incoming.id, int):
            # Taken out at once: the same id may come again, with the next automatic poll.
            waiting = self._pending.pop(incoming.id, None)
        if waiting is not None:
            self._settle(*waiting, incoming, received_ns)
        elif not self.pushed(incoming, received_ns):
            self.counters.late += 1

    def taken(self, frame: bytes, received_ns: int) -> bool:
        """Whether a frame was of the kind that comes most, and is dealt with already."""
        return False

    def pushed(self, incoming: Incoming, received_ns: int) -> bool:
        """A frame that answers no call in flight; False when it means nothing to us."""
        return incoming.id is None and incoming.error is None

    def numbered(self, method: str) -> int:
        """The number of an answer at its arrival, where such answers are counted."""
        return 0

    def connection_lost(self, error: QsysUnreachable) -> None:
        """The transport's last word."""
        self._end(error)

    def _settle(self, method: str, future: Waiting, incoming: Incoming, received_ns: int) -> None:
        if future.done():
            return
        if incoming.error is not None:
            error = incoming.error
            future.set_exception(from_device(error.code, error.message, method))
        else:
            future.set_result(Answer(incoming.body, received_ns, self.numbered(method)))

    def _end(self, error: QsysError) -> None:
        if self.closed.is_set():
            return
        self.error = error
        self.closed.set()
        if self._timer is not None:
            self._timer.cancel()
        for method, future in list(self._pending.values()):
            if not future.done():
                message = f"{method} sent to {self.peer}, no answer: {error.message}"
                future.set_exception(QsysUnreachable(message, sent=True))

    def _watch_idle(self) -> None:
        """Send a NoOp when nothing was sent for the keep-alive time.

        It carries no id, as documented: it holds the Core's idle timer off and nothing waits for
        it. Silence of the Core shows in the deadlines of real calls.
        """
        loop = asyncio.get_running_loop()
        if loop.time() - self._last_sent >= self._keepalive:
            self.notify("NoOp", {})
        self._timer = loop.call_at(self._last_sent + self._keepalive, self._watch_idle)


def read(body: msgspec.Raw, kind: type[T], method: str) -> T:
    """The result as `kind`; an unreadable one is no verdict, so QsysUnreachable (sent)."""
    try:
        return msgspec.json.decode(body if body is not ABSENT else b"null", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        message = f"the answer to {method} could not be read: {error}"
        raise QsysUnreachable(message, sent=True) from error
