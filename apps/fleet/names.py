"""Looks host names up within a time, which the system's own resolver does not promise."""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final

from apps.kernel import clock
from apps.kernel.errors import Code, Failure

Ip = IPv4Address | IPv6Address
Resolver = Callable[..., list[tuple[Any, ...]]]

#: Lookups that one process has under way at once; a dead name server holds each for many seconds.
MOST: Final = 16
THREAD: Final = "name-lookup"

_places = threading.BoundedSemaphore(MOST)


def look_up(host: str, *, within: float, resolver: Resolver = socket.getaddrinfo) -> list[Ip]:
    """The addresses of a name, none when it has none; raises `timeout` after `within` seconds.

    The lookup cannot be interrupted, so it goes on in a thread of its own, which ends with it
    and keeps nobody from leaving.
    """
    give_up = clock.monotonic() + within
    if not _places.acquire(timeout=max(0.0, within)):
        raise _too_slow(host, within)
    answer: Future[list[Ip]] = Future()
    threading.Thread(
        target=_answer, args=(answer, host, resolver), name=THREAD, daemon=True
    ).start()
    try:
        return answer.result(max(0.0, give_up - clock.monotonic()))
    except TimeoutError:
        raise _too_slow(host, within) from None


def _answer(answer: Future[list[Ip]], host: str, resolver: Resolver) -> None:
    try:
        rows = resolver(host, None, type=socket.SOCK_STREAM)
        answer.set_result([ip_address(str(row[4][0]).partition("%")[0]) for row in rows])
    except (OSError, UnicodeError):
        answer.set_result([])
    finally:
        _places.release()


def _too_slow(host: str, within: float) -> Failure:
    return Failure(
        Code.TIMEOUT,
        f"The name {host} was not resolved within {within:.1f} s; nothing was sent. Try again, "
        "or register the device by its IP address.",
        retryable=True,
    )
