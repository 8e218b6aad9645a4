"""Adapts the Q-SYS client to what fleet asks of a driver."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from apps.fleet.drivers import Address, Probe
from apps.kernel.errors import Failure
from apps.qsys.client import PairSession, QsysSession
from apps.qsys.dial import Line, open_link
from apps.qsys.errors import ERRORS, failure_of
from apps.qsys.links import PORTS, details_of, link_of

NAME: Final = "qsys"
QRC_PORT: Final = PORTS["qrc"]


class CoreSession:
    """A connection for commands, as fleet keeps it; of a pair, with the active Core."""

    def __init__(self, line: Line) -> None:
        self.qrc: QsysSession = line.qrc
        self.side = line.side
        self.face = line.face
        self._pair = line.qrc if isinstance(line.qrc, PairSession) else None

    @property
    def alive(self) -> bool:
        """Whether the connection stands, and of a pair still leads to the active Core."""
        if self._pair is not None and (self._pair.turned or self._stands_by):
            return False
        return not self.qrc.closed.is_set()

    @property
    def _stands_by(self) -> bool:
        return self.qrc.engine is not None and self.qrc.engine.state == "Standby"

    def tie(self) -> None:
        """Stay with this Core, as change groups do; without it a pair's session turns over."""
        if self._pair is not None:
            self._pair.tie()

    async def close(self) -> None:
        """Close the connection; the Core forgets its change groups."""
        await self.qrc.close()


class QsysDriver:
    """Q-SYS Cores by QRC and QRWC."""

    name = NAME
    kind = "core"
    errors: tuple[type[Exception], ...] = ERRORS
    secrets: tuple[str, ...] = ("username", "pin", "api_key")
    default_ports: Mapping[str, int] = {"qrc": QRC_PORT}
    budget = 8

    def details(self, device_id: UUID, *, within: float) -> Mapping[str, Any]:
        """Transport, pins, and the partner of a pair."""
        return details_of(device_id, within=within)

    async def connect(self, address: Address, *, timeout: float) -> CoreSession:
        """Connect by the transport that the Core's link names, and log on where a PIN is stored."""
        return CoreSession(await open_link(link_of(address), timeout=timeout))

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
                "transport": session.face,
            },
        )

    def failure(self, error: Any, *, changing: bool) -> Failure:
        """What a client's error means to the caller."""
        return failure_of(error, changing=changing)
