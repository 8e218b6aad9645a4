"""The one way from an operation to a live device: allowed, bounded, fenced, mapped to failures."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import orjson
import structlog
from django.conf import settings
from django.db import connection

from apps.fleet import addresses, breaker, leases, stops
from apps.fleet import loop as device_loop
from apps.fleet.drivers import Address, Driver, Probe, Session, driver
from apps.fleet.models import Credential, Device
from apps.fleet.pool import SessionPool, Way, not_let_in, unanswered
from apps.kernel import clock
from apps.kernel.canonical import digest
from apps.kernel.errors import Code, Failure
from apps.kernel.keyring import keyring
from apps.operations.context import Context

T = TypeVar("T")

log = structlog.get_logger(__name__)

#: Processes that call devices; their bounds sum to a device's budget.
PROCESSES: Final = 4
#: Seconds on top of a call's time for the loop to bring the answer over.
HANDOVER: Final = 1.0
#: A change that waited longer than this for its session asks for an emergency stop again (s).
STOP_FRESH: Final = 0.3

loop = device_loop.loop
run = device_loop.run


class _Process:
    """Pool and limit of this process; a forked child starts with an empty pool."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pool: SessionPool | None = None
        self.inline: threading.BoundedSemaphore | None = None
        self.inline_limit = 0

    def forget(self) -> None:
        """Drop what was copied by a fork."""
        self.lock = threading.Lock()
        self.pool = None
        if self.inline_limit:
            self.inline = threading.BoundedSemaphore(self.inline_limit)


_process = _Process()
os.register_at_fork(after_in_child=_process.forget)


def call(
    device: Device,
    fn: Callable[[Any], Coroutine[Any, Any, T]],
    ctx: Context,
    *,
    changing: bool = False,
    silencing: bool = False,
    lease: leases.Lease | None = None,
) -> T:
    """What `fn(session)` answers, awaited on the process's loop within `ctx.remaining()`.

    `changing` says that the device may be another one afterwards, so silence means
    `indeterminate`. `lease` is the hold of disruptive work: it is checked against its epoch,
    and the breaker neither stops nor counts the call. Raises the Failures of the drivers,
    `breaker_open`, `busy`, `invalid` for an address that is not allowed, and `conflict` for a
    change while an emergency stop covers the device, unless it is `silencing`: it only ends what
    sounds or would sound (docs/adr/0015-an-emergency-stop-lets-silence-through.md).
    """
    if changing and not silencing:
        stops.require_none(device)
        fn = _unless_stopped(device, fn)
    with _inline_slot():
        way = _way(device, within=ctx.remaining())
        if lease is None:
            breaker.require(device.id, device.name)
        else:
            leases.check(lease)
        try:
            with _written_down(device, ctx, changing=changing):
                answer = _ask(way, fn, ctx.remaining(), changing=changing)
        except Failure as failure:
            if lease is None:
                breaker.heard(device.id, failure)
            raise
        if lease is None:
            breaker.heard(device.id, None)
        return answer


def _unless_stopped(
    device: Device, fn: Callable[[Any], Coroutine[Any, Any, T]]
) -> Callable[[Any], Coroutine[Any, Any, T]]:
    """`fn`, which looks for an emergency stop once more where it had to wait for its turn."""
    looked = clock.monotonic()

    async def act(session: Any) -> T:
        if clock.monotonic() - looked > STOP_FRESH:
            await asyncio.to_thread(_look_for_stop, device)
        return await fn(session)

    return act


def _look_for_stop(device: Device) -> None:
    """In a thread of its own, whose database connection is not kept."""
    try:
        stops.require_none(device)
    finally:
        connection.close()


@contextmanager
def _written_down(device: Device, ctx: Context, *, changing: bool) -> Iterator[None]:
    """One line a call to a device, under the trace of whoever asked for it, wherever it runs;
    what is said and answered is not in it."""
    began, verdict = clock.monotonic(), "internal"
    try:
        yield
        verdict = "ok"
    except Failure as failure:
        verdict = failure.code.value
        raise
    finally:
        log.info(
            "device called",
            device=str(device.id),
            operation=ctx.call.operation,
            call_id=str(ctx.call.id),
            request_id=ctx.call.request_id,
            trace_id=ctx.call.trace_id,
            changing=changing,
            verdict=verdict,
            milliseconds=round((clock.monotonic() - began) * 1000, 1),
        )


def probe(device: Device, ctx: Context) -> Probe:
    """What the device says of itself, now."""
    asked = driver(device.driver)

    async def ask(session: Any) -> Probe:
        return await asked.probe(session, timeout=ctx.remaining())

    return call(device, ask, ctx)


async def connect(device: Device, *, timeout: float) -> Session:
    """A session of the caller's own on this loop, for pollers; the caller closes it.

    Neither bound nor breaker apply. Raises the Failure of the driver.
    """
    way = await asyncio.to_thread(_way_apart, device, within=timeout)
    try:
        return await way.driver.connect(way.address, timeout=timeout)
    except TimeoutError:
        raise not_let_in(device.name, timeout) from None
    except way.driver.errors as error:
        raise way.driver.failure(error, changing=False) from error


async def address(device: Device, *, timeout: float) -> Address:
    """Where a device is, for pollers that open lines of their own; raises as `address_of`."""
    return (await asyncio.to_thread(_way_apart, device, within=timeout)).address


def drop(device: Device) -> None:
    """Give up this process's session to a device (it was edited or decommissioned)."""
    if _process.pool is not None:
        run(_process.pool.drop(device.id))


def limit_inline(calls: int | None) -> None:
    """Let this process make at most so many device calls at once (web processes); None: any."""
    _process.inline_limit = calls or 0
    _process.inline = threading.BoundedSemaphore(calls) if calls else None


def stop() -> None:
    """Close every session and end the loop of this process."""
    pool, _process.pool = _process.pool, None
    if pool is not None:
        run(pool.close(), timeout=5)
    device_loop.stop()


def address_of(device: Device, asked: Driver, *, within: float) -> tuple[Address, int]:
    """Where the device is and how to log in, with the version of the credential.

    A name is looked up for at most `within` seconds.
    """
    ports = {**asked.default_ports, **device.ports}
    host = addresses.resolve(device.address, ports.values(), within=within)
    stored = Credential.objects.filter(device_id=device.id).first()
    secrets = orjson.loads(keyring().unseal(bytes(stored.sealed))) if stored else {}
    address = Address(
        device_id=device.id,
        host=host,
        name=device.address,
        ports=ports,
        credential=secrets,
        details=asked.details(device.id, within=within),
    )
    return address, stored.version if stored else 0


def _way(device: Device, *, within: float) -> Way:
    asked = driver(device.driver)
    address, version = address_of(device, asked, within=within)
    return Way(
        driver=asked,
        name=device.name,
        address=address,
        fingerprint=digest(
            [asked.name, address.host, dict(address.ports), version, dict(address.details)]
        ),
        bound=max(1, asked.budget // PROCESSES),
    )


def _way_apart(device: Device, *, within: float) -> Way:
    """`_way` in a thread of its own, whose database connection is not kept."""
    try:
        return _way(device, within=within)
    finally:
        connection.close()


def _ask(
    way: Way, fn: Callable[[Any], Coroutine[Any, Any, T]], timeout: float, *, changing: bool
) -> T:
    work = _pool().use(way, fn, timeout=timeout, changing=changing)
    try:
        return run(work, timeout=timeout + HANDOVER)
    except TimeoutError:
        raise unanswered(way.name, timeout, changing=changing) from None


def _pool() -> SessionPool:
    with _process.lock:
        if _process.pool is None:
            _process.pool = SessionPool()
        return _process.pool


@contextmanager
def _inline_slot() -> Iterator[None]:
    slots = _process.inline
    if slots is None:
        yield
        return
    if not slots.acquire(blocking=False):
        raise Failure(
            Code.BUSY,
            f"This server already waits for {settings.CONFIG.inline_device_calls} devices; "
            "try again in a second.",
            retry_after=1,
        )
    try:
        yield
    finally:
        slots.release()
