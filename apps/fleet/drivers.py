"""What fleet asks of a driver: one adapter a family, listed by name, closed at start."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from apps.kernel.errors import Code, Failure


@dataclass(frozen=True, slots=True)
class Address:
    """How one device is reached, its secrets opened for this use only.

    `host` is the IP address that passed the allow-list: connect to it and to nothing else.
    `name` is the address as registered, for checking a certificate's name. `ports` are the
    driver's usual ones with the device's own on top. `details` is what the driver itself keeps.
    """

    device_id: UUID
    host: str
    name: str = ""
    ports: Mapping[str, int] = field(default_factory=dict)
    credential: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a device says of itself: identity and one line of state."""

    serial: str = ""
    mac: str = ""
    model: str = ""
    firmware: str = ""
    summary: dict[str, Any] = field(default_factory=dict)


class Session(Protocol):
    """An open connection to one device, living on the loop of `fleet.sessions`."""

    async def close(self) -> None:
        """Give up the connection; never raises."""

    @property
    def alive(self) -> bool:
        """Whether calls may still be made on it."""


class Driver(Protocol):
    """One family of devices.

    Errors of the client leave a driver only as `Failure`: `unreachable` or `timeout` when
    nothing was sent, `indeterminate` when a change was sent and no answer came,
    `device_rejected` with the device's own words. `errors` are the client's; whatever else is
    raised is a mistake of ours. `secrets` names the fields of a credential; `budget` is how many
    calls at once one device bears from the whole plane.
    """

    name: str
    kind: str
    errors: tuple[type[Exception], ...]
    secrets: tuple[str, ...]
    default_ports: Mapping[str, int]
    budget: int

    def details(self, device_id: UUID, *, within: float) -> Mapping[str, Any]:
        """What the driver's own rows say of how to reach a device, as JSON; nothing by default.

        Called where the database may be read, for at most `within` seconds where it looks up
        names. A session that was opened with other details is given up at the next call.
        """

    async def connect(self, address: Address, *, timeout: float) -> Session:
        """Open a session within `timeout` seconds."""

    async def probe(self, session: Any, *, timeout: float) -> Probe:
        """Ask the device who it is."""

    def failure(self, error: Any, *, changing: bool) -> Failure:
        """The failure that one of `errors` means."""


_drivers: dict[str, Driver] = {}


def install(drivers: Iterable[Driver]) -> None:
    """Make `drivers` this process's table; called once, by the wiring."""
    _drivers.clear()
    _drivers.update({driver.name: driver for driver in drivers})


def driver(name: str) -> Driver:
    """The driver of a name; raises `invalid` with the known ones."""
    found = _drivers.get(name)
    if found is None:
        known = ", ".join(sorted(_drivers))
        raise Failure(Code.INVALID, f"There is no driver {name[:30]!r}; there are: {known}.")
    return found


def known() -> tuple[str, ...]:
    """The names of all drivers."""
    return tuple(sorted(_drivers))
