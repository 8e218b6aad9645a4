"""Adapts the Q-SYS client to what fleet asks of a driver."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

from apps.fleet.drivers import Address, Probe
from apps.kernel.errors import Failure
from apps.qsys.client import QrcTransport, QsysSession
from apps.qsys.errors import ERRORS, failure_of

NAME: Final = "qsys"
QRC_PORT: Final = 1710


class CoreSession:
    """A QRC connection for commands, as fleet keeps it."""

    def __init__(self, qrc: QsysSession) -> None:
        self.qrc = qrc

    @property
    def alive(self) -> bool:
        """Whether the connection stands."""
        return not self.qrc.closed.is_set()

    async def close(self) -> None:
        """Close the connection; the Core forgets its change groups."""
        await self.qrc.close()


class QsysDriver:
    """Q-SYS Cores by QRC."""

    name = NAME
    kind = "core"
    errors: tuple[type[Exception], ...] = ERRORS
    secrets: tuple[str, ...] = ("username", "pin")
    default_ports: Mapping[str, int] = {"qrc": QRC_PORT}
    budget = 8

    async def connect(self, address: Address, *, timeout: float) -> CoreSession:
        """Connect, and log on where a PIN is stored."""
        qrc = await open_session(address, timeout=timeout)
        return CoreSession(qrc)

    async def probe(self, session: Any, *, timeout: float) -> Probe:
        """Platform and design; a Core tells its serial only in its management interface."""
        status = await session.qrc.status(timeout=timeout)
        return Probe(
            model=status.platform,
            summary={
                "state": status.state,
                "design": status.design_name,
                "design_code": status.design_code,
                "status": status.status.string,
            },
        )

    def failure(self, error: Any, *, changing: bool) -> Failure:
        """What a client's error means to the caller."""
        return failure_of(error, changing=changing)


async def open_session(address: Address, *, timeout: float, **options: Any) -> QsysSession:
    """An open QRC session; `options` go to the session (handlers, keep-alive)."""
    transport = QrcTransport(address.host, address.ports.get("qrc", QRC_PORT))
    session = await QsysSession(transport, timeout=timeout, **options).open(timeout=timeout)
    if pin := address.credential.get("pin"):
        async with AsyncExitStack() as undo:
            undo.push_async_callback(session.close)
            await session.logon(address.credential.get("username", ""), pin, timeout=timeout)
            undo.pop_all()
    return session
