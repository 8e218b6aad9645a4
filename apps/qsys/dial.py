"""Opens sessions with Cores: by the transport their link names, with one end or the active one."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from apps.fleet import addresses
from apps.kernel.errors import Failure
from apps.qsys import trust
from apps.qsys.client import (
    PairSession,
    QrcTransport,
    QrwcTransport,
    QsysRejected,
    QsysSession,
    QsysUnreachable,
    QsysUntrusted,
    Transport,
    Trust,
)
from apps.qsys.links import End, Link

#: The state of an engine that serves.
ACTIVE: Final = "Active"
#: Seconds between two looks for the active Core of a pair.
LOOK_AGAIN: Final = 0.25
#: The part of its time after which whoever opens a pair takes a Core that is not active.
PATIENCE: Final = 0.6
METHOD_NOT_FOUND: Final = -32601

Make = Callable[..., QsysSession]


@dataclass(frozen=True, slots=True)
class Line:
    """An open session, and where it leads: which end, by which face (qrc, ws, wss)."""

    qrc: QsysSession
    side: str
    face: str

    @property
    def serves(self) -> bool:
        """Whether the Core last said that it is active."""
        return self.qrc.engine is not None and self.qrc.engine.state == ACTIVE


async def open_link(link: Link, *, timeout: float, **options: Any) -> Line:
    """A session with a Core, of a pair with the active one; `options` go to the session.

    Where no Core of a pair gets active in good time, one that answers is taken as it is.
    Raises QsysError, and Failure `invalid` where a port is not allowed.
    """
    if not link.is_pair:
        return await open_end(link, link.ends[0], timeout=timeout, **options)

    async def elsewhere(left: float) -> QsysSession:
        return (await _open_active(link, left, QsysSession, options)).qrc

    def make(transport: Transport, **more: Any) -> QsysSession:
        return PairSession(transport, elsewhere=elsewhere, **more)

    deadline = _now() + timeout
    try:
        return await _open_active(link, timeout * PATIENCE, make, options)
    except QsysUnreachable:
        found = await _look(link, deadline - _now(), make, options)
    return await _only(found)


async def open_end(
    link: Link, end: End, *, timeout: float, make: Make = QsysSession, **options: Any
) -> Line:
    """A session with one Core, logged on where a PIN is stored.

    The next face is tried where one is refused; what takes too long or is not trusted ends it.
    """
    faces = _allowed(link, end)
    deadline = _now() + timeout
    refusals: list[QsysUnreachable] = []
    for face in faces:
        try:
            return await _open_face(link, end, face, deadline - _now(), make, options)
        except QsysUnreachable as error:
            if error.timed_out:
                raise
            refusals.append(error)
    first, *more = refusals
    if more:
        words = "; ".join(error.message for error in refusals)
        raise QsysUnreachable(words, sent=first.sent)
    raise first


def _allowed(link: Link, end: End) -> list[str]:
    """The faces whose ports the allow-list has; raises its Failure when it has none of them."""
    faces, refusal = [], None
    for face in link.faces:
        try:
            addresses.require(ip_address(end.host), (end.port(face),))
        except Failure as failure:
            refusal = refusal or failure
        else:
            faces.append(face)
    if refusal is not None and not faces:
        raise refusal
    return faces


async def _open_face(
    link: Link, end: End, face: str, timeout: float, make: Make, options: dict[str, Any]
) -> Line:
    transport = _transport(link, end, face)
    key = link.api_key if face != "qrc" else ""
    session = make(transport, timeout=timeout, api_key=key or None, **options)
    deadline = _now() + timeout
    async with AsyncExitStack() as undo:
        undo.push_async_callback(session.close)
        try:
            await session.open(timeout=timeout)
            if isinstance(transport, QrwcTransport) and _is_first(link, end, face):
                met = (link.device_id, end.side, transport.fingerprint)
                await asyncio.to_thread(trust.first_met, *met)
        except QsysUntrusted as error:
            if error.found:
                met = (link.device_id, end.side, error.found)
                await asyncio.to_thread(trust.stranger_met, *met)
            raise
        await _log_on(link, session, face, deadline - _now())
        undo.pop_all()
    return Line(session, end.side, face)


def _transport(link: Link, end: End, face: str) -> Transport:
    if face == "qrc":
        return QrcTransport(end.host, end.port(face))
    secure = _trust(link, end) if face == "wss" else None
    return QrwcTransport(end.host, end.port(face), trust=secure)


def _trust(link: Link, end: End) -> Trust:
    if link.ca_pem:
        return Trust(ca_pem=link.ca_pem, server_name=link.server_name or None)
    return Trust(end.pinned or None, first_use=not end.pinned)


def _is_first(link: Link, end: End, face: str) -> bool:
    return face == "wss" and not link.ca_pem and not end.pinned


async def _log_on(link: Link, session: QsysSession, face: str, timeout: float) -> None:
    """Log on with a PIN; a WebSocket that knows no log-on says at the next call what it needs."""
    if not link.pin:
        return
    try:
        await session.logon(link.user, link.pin, timeout=timeout)
    except QsysRejected as error:
        if face == "qrc" or error.code != METHOD_NOT_FOUND:
            raise


# -- pairs


async def _open_active(link: Link, timeout: float, make: Make, options: dict[str, Any]) -> Line:
    """The Core of a pair that is active, waited for; raises QsysUnreachable when none is."""
    deadline = _now() + timeout
    while (left := deadline - _now()) > 0:
        found = await _look(link, left, make, options)
        if found and found[0].serves:
            return await _only(found)
        await _close(found)
        await asyncio.sleep(min(LOOK_AGAIN, max(0.0, deadline - _now())))
    raise QsysUnreachable("neither Core of the pair is active", sent=False)


async def _look(link: Link, timeout: float, make: Make, options: dict[str, Any]) -> list[Line]:
    """Sessions with the Cores that answer, up to the first that is active, which then leads.

    Raises QsysRefused when no Core serves and one turns us away, and QsysUnreachable when
    none answers.
    """
    works = {
        asyncio.create_task(_open_asked(link, end, timeout, make, options)) for end in link.ends
    }
    ended: set[asyncio.Task[Line]] = set()
    try:
        while works > ended and not any(map(_serves, ended)):
            done, _ = await asyncio.wait(works - ended, return_when=asyncio.FIRST_COMPLETED)
            ended |= done
    finally:
        for work in works:
            work.cancel()
        results = await asyncio.gather(*works, return_exceptions=True)
    return _judged(results)


def _serves(work: asyncio.Task[Line]) -> bool:
    return work.exception() is None and work.result().serves


def _judged(results: Sequence[Line | BaseException]) -> list[Line]:
    found = [one for one in results if isinstance(one, Line)]
    found.sort(key=lambda line: not line.serves)
    errors = [one for one in results if isinstance(one, Exception)]
    errors.sort(key=lambda error: isinstance(error, QsysUnreachable))
    if found and (found[0].serves or not errors or isinstance(errors[0], QsysUnreachable)):
        return found
    raise errors[0]


async def _open_asked(
    link: Link, end: End, timeout: float, make: Make, options: dict[str, Any]
) -> Line:
    """A session with one end whose state is known."""
    deadline = _now() + timeout
    line = await open_end(link, end, timeout=timeout, make=make, **options)
    async with AsyncExitStack() as undo:
        undo.push_async_callback(line.qrc.close)
        await line.qrc.status(timeout=deadline - _now())
        undo.pop_all()
    return line


async def _only(found: list[Line]) -> Line:
    """The first session; the others are closed."""
    await _close(found[1:])
    return found[0]


async def _close(lines: Sequence[Line]) -> None:
    await asyncio.gather(*(line.qrc.close() for line in lines))


def _now() -> float:
    return asyncio.get_running_loop().time()
