"""Fetching a price series over HTTP, from addresses that are allowed and from no other."""

import http.client
import socket
import ssl
from typing import Final
from urllib.parse import urlsplit

from apps.fleet import addresses
from apps.kernel.errors import Code, Failure, invalid

LONGEST: Final = 1_000_000
SECONDS: Final = 10.0
PORTS: Final = {"https": 443, "http": 80}


def screen(url: str) -> None:
    """Refuse an address that could never be fetched; raises `invalid`."""
    _split(url)


def fetch(url: str) -> str:
    """The text at `url`; raises `invalid`, `unreachable`, `timeout` or `device_rejected`.

    The name is looked up once and the connection goes to that very address, which has to be in
    DEVICE_NETWORKS. Redirects are not followed, and no more than a megabyte is read.
    """
    scheme, host, port, path = _split(url)
    address = addresses.resolve(host, [port], within=SECONDS)
    connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
    try:
        connection.sock = _connected(scheme, host, address, port)
        connection.request("GET", path, headers={"Accept": "text/csv, text/plain"})
        answer = connection.getresponse()
        body = answer.read(LONGEST + 1)
    except TimeoutError:
        raise Failure(Code.TIMEOUT, f"{host} did not answer in {SECONDS:.0f} s.") from None
    except (OSError, http.client.HTTPException) as error:
        raise Failure(Code.UNREACHABLE, f"{host} cannot be read: {str(error)[:200]}") from None
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        words = f"{host} answered {answer.status}; redirects are not followed."
        raise Failure(Code.DEVICE_REJECTED, words)
    if len(body) > LONGEST:
        raise Failure(Code.DEVICE_REJECTED, f"{host} sent more than {LONGEST} bytes.")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Failure(Code.DEVICE_REJECTED, f"{host} sent something that is no text.") from None


def _connected(scheme: str, host: str, address: str, port: int) -> socket.socket:
    plain = socket.create_connection((address, port), timeout=SECONDS)
    if scheme == "http":
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _split(url: str) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise invalid("url", "cannot be read as an address.") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise invalid("url", "has to begin with https:// or http:// and name a host.")
    if parts.username is not None or parts.password is not None:
        raise invalid("url", "must hold no user or password.")
    if any(one.isspace() or not one.isprintable() for one in url) or not url.isascii():
        raise invalid("url", "holds characters that an address has not.")
    path = parts.path or "/"
    return (
        parts.scheme,
        parts.hostname,
        port or PORTS[parts.scheme],
        f"{path}?{parts.query}" if parts.query else path,
    )
