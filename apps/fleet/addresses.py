"""Which addresses devices may have: an allow-list, resolved once, that rebinding cannot fool."""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from django.conf import settings

from apps.fleet import names
from apps.kernel.errors import Code, Failure, invalid

Ip = IPv4Address | IPv6Address

#: Instance metadata services of the large clouds (link-local ones are refused as such).
METADATA: Final = frozenset(map(ip_address, ("100.100.100.200", "192.0.0.192", "fd00:ec2::254")))
#: IPv6 ranges that carry an IPv4 address and would get around a rule about it.
CARRIERS: Final = {
    "an IPv4-mapped address": IPv6Network("::ffff:0:0/96"),
    "an IPv4-compatible address": IPv6Network("::/96"),
    "a 6to4 address": IPv6Network("2002::/16"),
    "a Teredo address": IPv6Network("2001::/32"),
    "a NAT64 address": IPv6Network("64:ff9b::/96"),
}
LABEL: Final = re.compile(r"^(?!-)[a-z0-9_-]{1,63}(?<!-)$", re.IGNORECASE)
NUMBER: Final = re.compile(r"^(0x[0-9a-f]*|[0-9]+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Allowed:
    """One entry of the list: a range, and its ports (none: every port)."""

    network: IPv4Network | IPv6Network
    ports: frozenset[int] = frozenset()

    def covers(self, ip: Ip, port: int) -> bool:
        """Whether a connection to `ip` and `port` is allowed by this entry."""
        return ip in self.network and (not self.ports or port in self.ports)

    @property
    def is_exact(self) -> bool:
        """Whether it names one host and its ports."""
        return self.network.num_addresses == 1 and bool(self.ports)


@lru_cache(maxsize=16)
def parsed(entries: tuple[str, ...]) -> tuple[Allowed, ...]:
    """The entries of DEVICE_NETWORKS; raises ValueError naming the one that cannot be read."""
    return tuple(map(parse_entry, entries))


def parse_entry(entry: str) -> Allowed:
    """`CIDR`, `CIDR:port` or `CIDR:port|port`; an IPv6 range with ports stands in brackets."""
    network, ports = _split_entry(entry.strip())
    try:
        numbers = frozenset(int(port) for port in ports.split("|")) if ports else frozenset()
        if any(not 1 <= number <= 65535 for number in numbers):
            raise ValueError(ports)
        return Allowed(ip_network(network), numbers)
    except ValueError:
        raise ValueError(
            f"DEVICE_NETWORKS: {entry!r} is not CIDR[:port|port…], such as 10.1.0.0/16:1710|443"
        ) from None


def _split_entry(entry: str) -> tuple[str, str]:
    if entry.startswith("["):
        network, _, rest = entry[1:].partition("]")
        return network, rest.removeprefix(":")
    if entry.count(":") > 1:
        return entry, ""
    network, _, ports = entry.partition(":")
    return network, ports


def screen(host: str, ports: Iterable[int]) -> None:
    """Refuse what can be refused without resolving; for registration. Raises `invalid`."""
    literal = literal_of(host)
    if literal is not None:
        require(literal, ports)


def resolve(
    host: str,
    ports: Iterable[int],
    *,
    within: float,
    resolver: names.Resolver = socket.getaddrinfo,
) -> str:
    """The one IP address to connect to; raises `invalid`, `unreachable` or `timeout`.

    A name is looked up here and never again for this connection, so an answer that changes
    between check and use changes nothing. `within` is how many seconds that may take.
    """
    wanted = tuple(ports)
    literal = literal_of(host)
    if literal is not None:
        require(literal, wanted)
        return str(literal)
    refusal: Failure | None = None
    for found in names.look_up(host, within=within, resolver=resolver):
        try:
            require(found, wanted)
        except Failure as failure:
            refusal = failure
        else:
            return str(found)
    raise refusal or Failure(Code.UNREACHABLE, f"The name {host} has no address just now.")


def literal_of(host: str) -> Ip | None:
    """The IP address that `host` spells, None for a name; refuses every other spelling."""
    found = _plain(host)
    if found is not None:
        return found
    labels = host.removesuffix(".").split(".")
    if NUMBER.match(labels[-1]) or ":" in host:
        raise invalid(
            "address",
            f"{host[:60]!r} is an unusual spelling of an address; write IPv4 as four decimal "
            "numbers and IPv6 without zone and brackets.",
        )
    if len(host) > 253 or not all(map(LABEL.match, labels)):
        raise invalid("address", f"{host[:60]!r} is neither an IP address nor a host name.")
    return None


def _plain(host: str) -> Ip | None:
    try:
        return None if "%" in host else ip_address(host)
    except ValueError:
        return None


def require(ip: Ip, ports: Iterable[int]) -> None:
    """Raises `invalid` unless the list allows `ip` with each of `ports`."""
    config = settings.CONFIG
    kind = forbidden_kind(ip)
    if kind is not None:
        raise invalid("address", f"{ip} is {kind}; devices cannot have it.")
    if ip.is_loopback and config.environment == "production":
        raise invalid("address", f"{ip} is this machine itself; production refuses it.")
    entries = parsed(config.device_networks)
    for port in ports:
        _require_port(ip, port, entries)


def _require_port(ip: Ip, port: int, entries: tuple[Allowed, ...]) -> None:
    fitting = [entry for entry in entries if entry.covers(ip, port)]
    if any(entry.is_exact or not ip.is_loopback for entry in fitting):
        return
    if ip.is_loopback:
        raise invalid(
            "address",
            f"{ip} is this machine itself; it needs an entry of its own with its ports in "
            f"DEVICE_NETWORKS, such as {ip}:{port}.",
        )
    raise invalid(
        "address",
        f"{ip} port {port} is in none of the allowed device networks; "
        "whoever runs the platform can add it to DEVICE_NETWORKS.",
    )


def forbidden_kind(ip: Ip) -> str | None:
    """What makes `ip` impossible for a device whatever the list says; None when nothing."""
    carrier = _carrier(ip)
    checks = {
        "a metadata service": ip in METADATA,
        "link-local": ip.is_link_local,
        "a multicast address": ip.is_multicast,
        "unspecified": ip.is_unspecified or (ip.version == 4 and int(ip) >> 24 == 0),
        "reserved": ip.is_reserved and carrier is None and not ip.is_loopback,
    }
    return carrier or next((kind for kind, met in checks.items() if met), None)


def _carrier(ip: Ip) -> str | None:
    # `::` and `::1` lie in the range of the old compatible addresses. Asked what they are, mapped
    # addresses answer for what they carry (since Python 3.13), so only numbers tell.
    if ip.version == 4 or int(ip) <= 1:
        return None
    return next((name for name, network in CARRIERS.items() if ip in network), None)
