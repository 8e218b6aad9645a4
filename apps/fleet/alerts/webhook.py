"""One signed POST to a webhook: to a checked address, within a time, without redirects.

The signature is HMAC-SHA256 under the route's secret over the timestamp, a full stop and the
exact body, in hex:

    X-Alert-Timestamp: 1767225600
    X-Alert-Signature: v1=<hex of hmac(secret, "1767225600." + body)>
    X-Alert-Delivery: <id, the same for every try>
"""

import hmac
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from apps.fleet.alerts import egress
from apps.fleet.alerts.egress import Door
from apps.kernel import clock
from apps.kernel.errors import Code, Failure

TIMESTAMP: Final = "X-Alert-Timestamp"
SIGNATURE: Final = "X-Alert-Signature"
DELIVERY: Final = "X-Alert-Delivery"
#: Bytes of an answer that are read at all.
ANSWER_MOST: Final = 2_048


def headers(secret: str, body: bytes, *, delivery: str, timestamp: int) -> dict[str, str]:
    """What is sent besides the body."""
    signed = f"{timestamp}.".encode() + body
    return {
        "Content-Type": "application/json",
        "User-Agent": "control-plane-alerts/1",
        TIMESTAMP: str(timestamp),
        SIGNATURE: f"v1={hmac.digest(secret.encode(), signed, 'sha256').hex()}",
        DELIVERY: delivery,
    }


def post(url: str, body: bytes, lines: Mapping[str, str], *, within: float) -> int:
    """Send it and return the status, 200 to 299; raises a Failure that says what went wrong.

    `within` is seconds for all of it, so a receiver that trickles is no better than a silent one.
    """
    door = egress.door(url)
    give_up = clock.monotonic() + within
    address = egress.resolve(door, within=within)
    try:
        status, words = _exchange(door, address, body, lines, give_up)
    except TimeoutError:
        raise Failure(
            Code.TIMEOUT, f"{door.authority} did not answer within {within:g} s."
        ) from None
    except (OSError, http.client.HTTPException) as error:
        what = str(error) or type(error).__name__
        raise Failure(Code.UNREACHABLE, f"{door.authority}: {what}"[:300]) from None
    if not 200 <= status < 300:
        raise Failure(Code.DEVICE_REJECTED, f"{door.authority} answered {status}{words}"[:300])
    return status


def _exchange(
    door: Door, address: str, body: bytes, lines: Mapping[str, str], give_up: float
) -> tuple[int, str]:
    raw = socket.create_connection((address, door.port), timeout=_left(give_up))
    with raw, _cut_at(give_up, raw) as is_late:
        try:
            with _wrapped(raw, door) as sock:
                return _talk(sock, door, body, lines)
        except (OSError, http.client.HTTPException):
            if is_late():
                raise TimeoutError from None
            raise


def _talk(
    sock: socket.socket, door: Door, body: bytes, lines: Mapping[str, str]
) -> tuple[int, str]:
    connection = http.client.HTTPConnection(door.host, door.port)
    connection.sock = sock
    connection.putrequest("POST", door.path, skip_host=True, skip_accept_encoding=True)
    sent = {"Host": door.authority, "Content-Length": str(len(body)), "Connection": "close"}
    for name, value in {**sent, **lines}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    text = answer.read(ANSWER_MOST).decode(errors="replace")
    words = "".join(letter if letter.isprintable() else " " for letter in text).strip()
    return answer.status, f": {words[:150]}" if words else ""


def _wrapped(raw: socket.socket, door: Door) -> socket.socket:
    if door.scheme == "http":
        return raw
    return ssl.create_default_context().wrap_socket(raw, server_hostname=door.host)


@contextmanager
def _cut_at(give_up: float, raw: socket.socket) -> Iterator[Callable[[], bool]]:
    """Cut the connection when its time is over; the socket's own limit is only for one read."""
    late = threading.Event()
    # TLS takes the socket over and leaves this one without a file, so the cut has its own.
    handle = raw.dup()

    def cut() -> None:
        late.set()
        with suppress(OSError):  # The other side was faster.
            handle.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_left(give_up), cut)
    timer.daemon = True
    timer.start()
    try:
        yield late.is_set
    finally:
        timer.cancel()
        timer.join()
        handle.close()


def _left(give_up: float) -> float:
    return max(0.01, give_up - clock.monotonic())
