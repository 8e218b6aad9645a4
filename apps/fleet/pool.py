"""Open sessions of one process, one a device, shared by its callers and dropped when dead."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from uuid import UUID

import structlog

from apps.fleet.drivers import Address, Driver, Session
from apps.kernel.errors import Code, Failure

T = TypeVar("T")
Ask = Callable[[Any], Coroutine[Any, Any, T]]

#: Failures after which a session is not trusted with another call.
DEADLY: Final = frozenset({Code.UNREACHABLE, Code.TIMEOUT, Code.INDETERMINATE})
#: Seconds a session may lie idle before it is closed.
IDLE_SECONDS: Final = 120.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Way:
    """How to get to one device now. A session opened with another `fingerprint` is outdated."""

    driver: Driver
    name: str
    address: Address
    fingerprint: str
    bound: int


class Patience:
    """How long a caller waits for a device; made and read on the loop."""

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self.deadline = self._began + seconds

    def left(self) -> float:
        """Seconds until the caller gives up."""
        return self.deadline - self._loop.time()

    def waited(self) -> float:
        """Seconds since the caller came."""
        return self._loop.time() - self._began


@dataclass(slots=True, eq=False)
class Lent:
    """An open session, and how many callers are on it; closed when doomed and left by all."""

    session: Session
    fingerprint: str
    users: int = 0
    doomed: bool = False
    uses: int = 0


@dataclass(slots=True, eq=False)
class Place:
    """What the pool keeps of one device."""

    slots: asyncio.Semaphore
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    lent: Lent | None = None


class SessionPool:
    """Lives on one loop; every method is called there."""

    def __init__(self, *, idle: float = IDLE_SECONDS) -> None:
        self._idle = idle
        self._places: dict[UUID, Place] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return sum(place.lent is not None for place in self._places.values())

    async def use(self, way: Way, ask: Ask[T], *, timeout: float, changing: bool) -> T:
        """The answer of `ask(session)`, all within `timeout` seconds.

        Raises the Failure its driver makes of the client's error; `busy` when the device
        already has as many callers as it bears.
        """
        patience = Patience(timeout)
        place = self._place(way)
        await self._enter(place, way, patience)
        try:
            return await self._ask_twice(place, way, ask, patience, changing=changing)
        finally:
            place.slots.release()

    async def drop(self, device_id: UUID) -> None:
        """Give up the session of a device, if there is one."""
        place = self._places.pop(device_id, None)
        if place is not None and place.lent is not None:
            self._doom(place, place.lent)

    async def close(self) -> None:
        """Give up all sessions and wait until they are closed."""
        for device_id in list(self._places):
            await self.drop(device_id)
        await asyncio.gather(*self._closing)

    def _place(self, way: Way) -> Place:
        device_id = way.address.device_id
        if device_id not in self._places:
            self._places[device_id] = Place(asyncio.Semaphore(way.bound))
        return self._places[device_id]

    async def _enter(self, place: Place, way: Way, patience: Patience) -> None:
        try:
            async with asyncio.timeout_at(patience.deadline):
                await place.slots.acquire()
        except TimeoutError:
            raise Failure(
                Code.BUSY,
                f"{way.name} is busy: this process already makes {way.bound} calls to it at once.",
                retry_after=1,
            ) from None

    async def _ask_twice(
        self, place: Place, way: Way, ask: Ask[T], patience: Patience, *, changing: bool
    ) -> T:
        """A session that died unnoticed is replaced once; nothing was sent on it."""
        known = place.lent
        lent = await self._session(place, way, patience)
        try:
            return await self._ask(place, lent, way, ask, patience, changing=changing)
        except Failure as failure:
            if lent is not known or failure.code is not Code.UNREACHABLE:
                raise
        lent = await self._session(place, way, patience)
        return await self._ask(place, lent, way, ask, patience, changing=changing)

    async def _session(self, place: Place, way: Way, patience: Patience) -> Lent:
        try:
            async with asyncio.timeout_at(patience.deadline), place.opening:
                return await self._current(place, way, patience)
        except TimeoutError:
            raise not_let_in(way.name, patience.waited()) from None

    async def _current(self, place: Place, way: Way, patience: Patience) -> Lent:
        lent = place.lent
        if lent is not None and lent.session.alive and lent.fingerprint == way.fingerprint:
            return lent
        if lent is not None:
            self._doom(place, lent)
        try:
            session = await way.driver.connect(way.address, timeout=patience.left())
        except way.driver.errors as error:
            raise way.driver.failure(error, changing=False) from error
        place.lent = Lent(session, way.fingerprint)
        return place.lent

    async def _ask(
        self,
        place: Place,
        lent: Lent,
        way: Way,
        ask: Ask[T],
        patience: Patience,
        *,
        changing: bool,
    ) -> T:
        lent.users += 1
        lent.uses += 1
        try:
            async with asyncio.timeout_at(patience.deadline):
                return await ask(lent.session)
        except TimeoutError:
            self._doom(place, lent)
            raise unanswered(way.name, patience.waited(), changing=changing) from None
        except way.driver.errors as error:
            failure = way.driver.failure(error, changing=changing)
            self._doubt(place, lent, failure)
            raise failure from error
        except Failure as failure:
            self._doubt(place, lent, failure)
            raise
        finally:
            lent.users -= 1
            self._left(place, lent)

    def _left(self, place: Place, lent: Lent) -> None:
        if lent.users:
            return
        if lent.doomed or not lent.session.alive:
            self._doom(place, lent)
            return
        asyncio.get_running_loop().call_later(self._idle, self._tire, place, lent, lent.uses)

    def _tire(self, place: Place, lent: Lent, uses: int) -> None:
        if lent.uses == uses and not lent.users:
            self._doom(place, lent)

    def _doubt(self, place: Place, lent: Lent, failure: Failure) -> None:
        """After a failure that may be the session's own fault, nobody else gets it."""
        if failure.code in DEADLY:
            self._doom(place, lent)

    def _doom(self, place: Place, lent: Lent) -> None:
        """No new caller gets it; the last one to leave closes it."""
        if place.lent is lent:
            place.lent = None
        first, lent.doomed = not lent.doomed, True
        if not lent.users and (first or lent.session.alive):
            task = asyncio.get_running_loop().create_task(lent.session.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


def not_let_in(name: str, waited: float) -> Failure:
    """The time was over before there was a session; `waited` in seconds."""
    return Failure(
        Code.TIMEOUT,
        f"{name} did not accept a connection within {waited:.1f} s; nothing was sent. Try again.",
        retryable=True,
    )


def unanswered(name: str, waited: float, *, changing: bool) -> Failure:
    """The time was over after a question had been asked; `waited` in seconds."""
    if changing:
        return Failure(
            Code.INDETERMINATE,
            f"The command was sent and {name} did not answer within {waited:.1f} s; "
            "it is being asked what is true.",
        )
    return Failure(
        Code.TIMEOUT,
        f"{name} did not answer within {waited:.1f} s. Nothing was changed; try again.",
        retryable=True,
    )
