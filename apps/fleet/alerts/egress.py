"""Outgoing URLs: where a webhook may go, judged at the address that is connected to.

An HTTPS address in the public Internet may be reached. Anything else, and plain HTTP, needs an
entry of its own in WEBHOOK_NETWORKS, which is written like DEVICE_NETWORKS.
"""

import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from apps.fleet import names
from apps.fleet.addresses import Ip, forbidden_kind, literal_of, parsed
from apps.kernel.errors import Code, Failure, invalid

PORTS: Final = {"https": 443, "http": 80}
LONGEST: Final = 500
FIELD: Final = "url"


@dataclass(frozen=True, slots=True)
class Door:
    """A URL taken apart. `path` holds the query as well."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """As the Host header says it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def door(url: str) -> Door:
    """Take a URL apart and refuse what can be refused without resolving; raises `invalid`."""
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise invalid(FIELD, f"is printable ASCII without spaces, {LONGEST} characters at most.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise invalid(FIELD, "is not a URL that can be read.") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise invalid(FIELD, "starts with https:// and names a host.")
    if "@" in parts.netloc or parts.fragment:
        raise invalid(FIELD, "holds no user name, password or fragment.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    found = Door(parts.scheme, parts.hostname, port or PORTS[parts.scheme], path)
    literal = _literal(found.host)
    if literal is not None:
        require(literal, found)
    elif found.scheme == "http":
        raise invalid(FIELD, "uses https; plain http goes only to an address in WEBHOOK_NETWORKS.")
    return found


def resolve(found: Door, *, within: float, resolver: names.Resolver = socket.getaddrinfo) -> str:
    """The one address to connect to; raises `invalid`, `unreachable` or `timeout`.

    A name is looked up here and never again for this request, so an answer that changes between
    check and use changes nothing. `within` is how many seconds that may take.
    """
    literal = _literal(found.host)
    if literal is not None:
        require(literal, found)
        return str(literal)
    refusal: Failure | None = None
    for ip in names.look_up(found.host, within=within, resolver=resolver):
        try:
            require(ip, found)
        except Failure as failure:
            refusal = failure
        else:
            return str(ip)
    raise refusal or Failure(Code.UNREACHABLE, f"The name {found.host} has no address just now.")


def require(ip: Ip, found: Door) -> None:
    """Raises `invalid` unless a request may go to `ip` by this door."""
    config = settings.CONFIG
    kind = forbidden_kind(ip)
    if kind is not None:
        raise invalid(FIELD, f"{ip} is {kind}; no message goes there.")
    if ip.is_loopback and config.environment == "production":
        raise invalid(FIELD, f"{ip} is this machine itself; production refuses it.")
    if ip.is_global and found.scheme == "https":
        return
    fitting = [one for one in parsed(config.webhook_networks) if one.covers(ip, found.port)]
    if any(one.is_exact or not ip.is_loopback for one in fitting):
        return
    raise invalid(
        FIELD,
        f"{ip} port {found.port} by {found.scheme} is not public HTTPS; whoever runs the platform "
        f"can allow it with {ip}:{found.port} in WEBHOOK_NETWORKS.",
    )


def _literal(host: str) -> Ip | None:
    try:
        return literal_of(host)
    except Failure as failure:
        raise invalid(FIELD, failure.errors[0].message) from None
