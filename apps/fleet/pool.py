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
        deadline = asyncio.get_running_loop().time() + timeout
        place = self._place(way)
        await self._enter(place, way, deadline)
        try:
            return await self._ask_twice(place, way, ask, deadline, changing=changing)
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

    async def _enter(self, place: Place, way: Way, deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                await place.slots.acquire()
        except TimeoutError:
            raise Failure(
                Code.BUSY,
                f"{way.name} is busy: this process already makes {way.bound} calls to it at once.",
                retry_after=1,
            ) from None

    async def _ask_twice(
        self, place: Place, way: Way, ask: Ask[T], deadline: float, *, changing: bool
    ) -> T:
        """A session that died unnoticed is replaced once; nothing was sent on it."""
        known = place.lent
        lent = await self._session(place, way, deadline)
        try:
            return await self._ask(place, lent, way, ask, deadline, changing=changing)
        except Failure as failure:
            if lent is not known or failure.code is not Code.UNREACHABLE:
                raise
        lent = await self._session(place, way, deadline)
        return await self._ask(place, lent, way, ask, deadline, changing=changing)

    async def _session(self, place: Place, way: Way, deadline: float) -> Lent:
        try:
            async with asyncio.timeout_at(deadline), place.opening:
                return await self._current(place, way, deadline)
        except TimeoutError:
            raise Failure(
                Code.TIMEOUT,
                f"{way.name} did not accept a connection in time; nothing was sent.",
                retryable=True,
            ) from None

    async def _current(self, place: Place, way: Way, deadline: float) -> Lent:
        lent = place.lent
        if lent is not None and lent.session.alive and lent.fingerprint == way.fingerprint:
            return lent
        if lent is not None:
            self._doom(place, lent)
        left = deadline - asyncio.get_running_loop().time()
        try:
            session = await way.driver.connect(way.address, timeout=left)
        except TimeoutError:
            raise
        except Exception as error:
            raise translated(way.driver, error, changing=False) from error
        place.lent = Lent(session, way.fingerprint)
        return place.lent

    async def _ask(
        self,
        place: Place,
        lent: Lent,
        way: Way,
        ask: Ask[T],
        deadline: float,
        *,
        changing: bool,
    ) -> T:
        lent.users += 1
        lent.uses += 1
        try:
            async with asyncio.timeout_at(deadline):
                return await ask(lent.session)
        except TimeoutError:
            self._doom(place, lent)
            raise unanswered(way.name, changing=changing) from None
        except Exception as error:
            failure = translated(way.driver, error, changing=changing)
            if isinstance(failure, Failure) and failure.code in DEADLY:
                self._doom(place, lent)
            raise failure from error
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

    def _doom(self, place: Place, lent: Lent) -> None:
        """No new caller gets it; the last one to leave closes it."""
        if place.lent is lent:
            place.lent = None
        first, lent.doomed = not lent.doomed, True
        if not lent.users and (first or lent.session.alive):
            task = asyncio.get_running_loop().create_task(lent.session.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


def translated(driver: Driver, error: Exception, *, changing: bool) -> Exception:
    """The Failure that a client's error means; the error itself when it is a mistake of ours."""
    if isinstance(error, Failure):
        return error
    return driver.failure(error, changing=changing) or error


def unanswered(name: str, *, changing: bool) -> Failure:
    """The time was over after a question had been asked."""
    if changing:
        return Failure(
            Code.INDETERMINATE,
            f"The command was sent and {name} did not answer in time; "
            "it is being asked what is true.",
        )
    return Failure(Code.TIMEOUT, f"{name} did not answer in time.", retryable=True)
