"""A miner's place in the network: set, found again by its hardware address, kept or reverted.

A change holds at once and may cut the line it came by. So the miner is looked for where it should
be and where it was. Found as wanted, its address here is changed too; found otherwise, it is told
to go back; found nowhere, that is said.
"""

import copy
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Interface
from typing import Any, Final
from uuid import UUID

from apps.fleet import addresses, leases, sessions
from apps.fleet.drivers import driver
from apps.fleet.leases import Lease
from apps.fleet.models import Device
from apps.fleet.services import device_update
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, conflict
from apps.miners.client.setup import NetworkSetup
from apps.miners.driver import MinerSession
from apps.miners.schemas.network import MinersNetwork, MinersNetworkSetIn, MinersNetworkSetOut
from apps.miners.services.disturbing import disruption, held
from apps.miners.services.lookup import miner_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan

#: How often it is looked for, and the seconds between two looks.
LOOKS: Final = 20
LOOK_AGAIN: Final = 1.0
#: Looks after which one that still answers at its old place is not on its way any more.
STILL_THERE: Final = 5
AWAY: Final = frozenset({Code.UNREACHABLE, Code.TIMEOUT, Code.BREAKER_OPEN})


@dataclass(frozen=True, slots=True)
class Seen:
    """A miner at an address: who it is, and what it has configured."""

    at: str
    mac: str
    setup: NetworkSetup


@dataclass(frozen=True, slots=True)
class Line:
    """The ways to one miner while it moves, under one hold."""

    ctx: Context
    device: Device
    lease: Lease

    def see(self, address: str) -> Seen | None:
        """Who answers there; None: nobody does."""

        async def ask(session: MinerSession) -> Seen:
            details = await session.client.details()
            return Seen(address, details.mac.lower(), await session.client.network.setup())

        try:
            return sessions.call(self._at(address), ask, self.ctx, lease=self.lease)
        except Failure as failure:
            if failure.code in AWAY:
                return None
            if failure.code is Code.DEVICE_REJECTED:
                return Seen(address, "", NetworkSetup(dhcp=True, hostname=""))
            raise

    def tell(self, address: str, wanted: NetworkSetup) -> None:
        """Send a configuration; an answer that is lost with the line is to be expected."""

        async def act(session: MinerSession) -> None:
            await session.client.network.configure(wanted)

        try:
            sessions.call(self._at(address), act, self.ctx, changing=True, lease=self.lease)
        except Failure as failure:
            if failure.code is not Code.INDETERMINATE:
                raise

    def _at(self, address: str) -> Device:
        found = copy.copy(self.device)
        found.address = address
        return found


def network_set(ctx: Context, data: MinersNetworkSetIn) -> MinersNetworkSetOut:
    """Move the miner, find it again, and keep or revert what was set."""
    device = miner_of(ctx.actor, data.device)
    require_allowed(device, data)
    with held(device, ctx) as lease:
        return _move(Line(ctx, device, lease), data)


def _move(line: Line, data: MinersNetworkSetIn) -> MinersNetworkSetOut:
    device = line.device
    was = line.see(device.address)
    if was is None or not was.mac:
        words = f"{device.name} does not answer at {device.address}; nothing was sent."
        raise Failure(Code.UNREACHABLE, words)
    wanted = setup_of(data, was.setup)
    if wanted != was.setup:
        line.tell(device.address, wanted)
    found = _found(line, was, wanted)
    arrived = wanted.dhcp or found.at == wanted.address
    if found.setup != wanted or not arrived:
        line.tell(found.at, was.setup)
        raise Failure(
            Code.DEVICE_REJECTED,
            f"{device.name} answers at {found.at} and not as it was told; it was told to go back. "
            "Read its network with miners.miner.info before you try again.",
        )
    if found.at != device.address:
        device_update(device, {"address": found.at})
    return _out(device, was.setup, found, confirmed=True)


def _found(line: Line, was: Seen, wanted: NetworkSetup) -> Seen:
    """The miner, at its new place or its old one; raises where it is at neither."""
    places = list(dict.fromkeys([wanted.address or was.at, was.at]))
    stranger = ""
    for look in range(LOOKS):
        for place in places:
            seen = line.see(place)
            if seen is None:
                continue
            if seen.mac != was.mac:
                stranger = place
            elif place == places[0] or look >= STILL_THERE:
                return seen
        time.sleep(LOOK_AGAIN)
    if stranger:
        raise conflict(
            f"Another machine answers at {stranger}, and {line.device.name} ({was.mac}) does not "
            "any more. Give that machine another address; then this miner answers there."
        )
    raise Failure(
        Code.INDETERMINATE,
        f"{line.device.name} was told to go to {places[0]} and answers neither there nor at "
        f"{was.at}. Look for {was.mac} in the network; it is being asked for as well.",
    )


def network_plan(ctx: Context, data: MinersNetworkSetIn) -> Plan:
    """Where it would go, and what that may cost."""
    device = miner_of(ctx.actor, data.device)
    require_allowed(device, data)
    after = "an address by DHCP" if data.dhcp else f"{data.address} by {data.gateway}"
    risks = (
        "A miner that cannot be reached at its new address has to be looked for by hand.",
        "By DHCP its new address is found only if it is the one it has now.",
    )
    return disruption(device, what="network", after=after, risks=risks[: 1 + data.dhcp])


def network_settle(ctx: Context, data: MinersNetworkSetIn, intent: UUID) -> Outcome | None:
    """The miner at its new place is moved here too; at the old one it did not go."""
    device = miner_of(ctx.actor, data.device)
    with leases.hold(device, owner=f"settling {ctx.call.id}") as lease:
        line = Line(ctx, device, lease)
        places = [data.address.partition("/")[0]] if data.address else []
        for place in dict.fromkeys([*places, device.address]):
            seen = line.see(place)
            if seen is None or seen.mac != device.mac.lower():
                continue
            wanted = setup_of(data, seen.setup)
            if seen.setup != wanted:
                words = f"{device.name} answers at {place} and was not moved; call again."
                return Outcome.not_done(Code.DEVICE_REJECTED, words)
            if place != device.address:
                device_update(device, {"address": place})
            return Outcome.done(_out(device, seen.setup, seen, confirmed=True))
    return None


def network_reverse(
    actor: Actor, data: MinersNetworkSetIn, output: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """As it was before."""
    return dict(output["before"]) if output.get("before") else None


def require_allowed(device: Device, data: MinersNetworkSetIn) -> None:
    """Raises `invalid` for an address this plane may not call: the miner would be lost to it."""
    if data.address is not None:
        ports = {**driver(device.driver).default_ports, **device.ports}
        addresses.screen(data.address.partition("/")[0], ports.values())


def setup_of(data: MinersNetworkSetIn, now: NetworkSetup) -> NetworkSetup:
    """What is asked for, as the client takes it."""
    hostname = data.hostname or now.hostname
    if data.address is None:
        return NetworkSetup(dhcp=True, hostname=hostname)
    own = IPv4Interface(data.address)
    return NetworkSetup(
        dhcp=False,
        hostname=hostname,
        address=str(own.ip),
        netmask=str(own.netmask),
        gateway=data.gateway or "",
        dns=tuple(data.dns) or (data.gateway or "",),
    )


def _out(
    device: Device, before: NetworkSetup, found: Seen, *, confirmed: bool
) -> MinersNetworkSetOut:
    return MinersNetworkSetOut(
        device=device.id,
        before=_view(before),
        after=_view(found.setup),
        found_at=found.at,
        mac=found.mac,
        confirmed=confirmed,
    )


def _view(setup: NetworkSetup) -> MinersNetwork:
    fixed = not setup.dhcp
    mask = IPv4Interface(f"0.0.0.0/{setup.netmask}").network.prefixlen if fixed else 0
    return MinersNetwork(
        dhcp=setup.dhcp,
        address=f"{setup.address}/{mask}" if fixed else None,
        gateway=setup.gateway if fixed else None,
        dns=list(setup.dns) if fixed else [],
        hostname=setup.hostname,
    )
