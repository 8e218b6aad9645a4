"""Declaring where devices may be looked for; the allow-list of addresses stays the outer wall."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction

from apps.fleet import addresses
from apps.fleet.addresses import Ip
from apps.fleet.drivers import driver
from apps.fleet.models import DiscoveryRange, Site
from apps.fleet.services.credentials import require_known
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure, conflict, invalid, not_found
from apps.kernel.keyring import keyring

#: Addresses of one range at most: a /22, which a scan is through within two minutes.
MOST_ADDRESSES: Final = 1024
TAKEN: Final = "Another range of the tenant has some of these addresses; change or delete that one."


def network_of(text: str) -> IPv4Network | IPv6Network:
    """The network that `text` spells; raises `invalid` for one that is no range to look through."""
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise invalid("network", f"{text[:50]!r} is not a range such as 10.1.0.0/24.") from None
    if text.strip() not in (str(network), str(network.network_address)):
        raise invalid("network", f"{text.strip()[:50]} is to be written as {network}.")
    if network.num_addresses > MOST_ADDRESSES:
        raise invalid(
            "network",
            f"{network} has {network.num_addresses} addresses and a range has at most "
            f"{MOST_ADDRESSES}; declare smaller ones.",
        )
    return network


def askable(network: IPv4Network | IPv6Network, ports: Iterable[int]) -> list[Ip]:
    """The addresses of a range that the allow-list lets this plane call at all of `ports`."""
    wanted = tuple(ports)
    return [ip for ip in network.hosts() if may_ask(ip, wanted)]


def may_ask(ip: Ip, ports: Iterable[int]) -> bool:
    """Whether the allow-list lets this plane call an address at all of `ports`."""
    try:
        addresses.require(ip, ports)
    except Failure:
        return False
    return True


def range_save(
    *,
    site: Site,
    network: str,
    driver_name: str,
    secrets: Mapping[str, str] | None,
    saved_by: str,
) -> tuple[DiscoveryRange, bool]:
    """Declare a range at a place, or change the same one; with whether it is new.

    `secrets` of None leaves the log-in as it is. Raises `invalid` for a network that is too
    large or wholly outside of the allow-list, `conflict` where it overlaps another range.
    """
    family, wanted = driver(driver_name), network_of(network)
    require_known(driver_name, secrets or {})
    if not askable(wanted, family.default_ports.values()):
        raise invalid(
            "network",
            f"no address of {wanted} is in the allowed device networks; whoever runs the platform "
            "can add it to DEVICE_NETWORKS.",
        )
    _require_apart(site, wanted)
    fields = {"driver": driver_name, "saved_by": saved_by, "saved_at": clock.now()}
    if secrets is not None:
        fields["sealed"] = keyring().seal(orjson.dumps(dict(secrets)))
    try:
        with transaction.atomic():
            return DiscoveryRange.system.update_or_create(
                tenant_id=site.tenant_id, network=str(wanted), path=site.path, defaults=fields
            )
    except IntegrityError:
        raise conflict(TAKEN) from None


def _require_apart(site: Site, wanted: IPv4Network | IPv6Network) -> None:
    others = DiscoveryRange.system.filter(tenant_id=site.tenant_id)
    for path, text in others.values_list("path", "network"):
        other = ip_network(text)
        same = other == wanted and path == site.path
        if not same and other.version == wanted.version and other.overlaps(wanted):
            raise conflict(TAKEN)


def range_get(actor: Actor, range_id: UUID, permission: str) -> DiscoveryRange:
    """One range; raises `not_found` whether absent or foreign."""
    found = DiscoveryRange.objects.for_actor(actor, permission).filter(id=range_id).first()
    if found is None:
        raise not_found("range", range_id)
    return found


def range_login(row: DiscoveryRange) -> dict[str, str]:
    """How to log in at a range's addresses, opened for this use only; empty where none is set."""
    sealed = bytes(row.sealed)
    return dict(orjson.loads(keyring().unseal(sealed))) if sealed else {}


def range_delete(row: DiscoveryRange) -> None:
    """Look there no more; what was found there and not adopted is forgotten."""
    row.delete()
