"""How each Core is reached, as its rows say it: transport, ends, pins; read for every call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from apps.fleet import addresses
from apps.fleet.drivers import Address
from apps.fleet.models import Device
from apps.qsys.models import Core, CoreEnd, Side, Transport

#: The usual port of each face.
PORTS: Final = {"qrc": 1710, "ws": 80, "wss": 443}
#: The faces a transport may use, in the order in which they are tried.
FACES: Final[Mapping[str, tuple[str, ...]]] = {
    Transport.AUTO: ("qrc", "wss", "ws"),
    Transport.QRC: ("qrc",),
    Transport.QRWC: ("ws",),
    Transport.QRWCS: ("wss",),
}


@dataclass(frozen=True, slots=True)
class End:
    """One Core of a link. `host` is an IP address that passed the allow-list."""

    side: str
    host: str
    ports: Mapping[str, int] = field(default_factory=dict)
    pinned: str = ""

    def port(self, face: str) -> int:
        """Where it offers a face (qrc, ws, wss)."""
        return self.ports.get(face, PORTS[face])


@dataclass(frozen=True, slots=True)
class Link:
    """All that it takes to open a session. A link with two ends leads to a redundant pair."""

    device_id: UUID
    ends: tuple[End, ...]
    transport: str = Transport.AUTO
    ca_pem: str = ""
    server_name: str = ""
    user: str = ""
    pin: str = ""
    api_key: str = ""

    @property
    def faces(self) -> tuple[str, ...]:
        """The faces to try; a bare API key is of use on WebSockets only."""
        faces = FACES[self.transport]
        return faces[1:] if len(faces) > 1 and self.api_key and not self.pin else faces

    @property
    def is_pair(self) -> bool:
        """Whether there is a partner."""
        return len(self.ends) > 1


def details_of(device_id: UUID, *, within: float) -> dict[str, Any]:
    """What the rows say of a Core's link, the partner's name looked up; nothing for a new Core.

    Raises as `addresses.resolve` does. One query.
    """
    rows = Core.system.filter(device_id=device_id).values_list(
        "transport", "ca_pem", "server_name", "link", "device__core_ends__side",
        "device__core_ends__address", "device__core_ends__ports", "device__core_ends__pinned",
    )  # fmt: skip
    found: dict[str, Any] = {}
    for row in rows:
        *own, side, address, ports, pinned = row
        found |= zip(("transport", "ca_pem", "server_name", "link"), own, strict=True)
        end: dict[str, Any] = {"ports": ports, "pinned": pinned}
        if side == Side.PARTNER:
            checked = {"qrc": PORTS["qrc"], **ports}.values()
            end["host"] = addresses.resolve(address, checked, within=within)
        if side is not None:
            found[side] = end
    return found


def link_of(address: Address) -> Link:
    """The link that an address with its details makes."""
    details, credential = address.details, address.credential
    main = details.get(Side.MAIN, {})
    ends = [End(Side.MAIN.value, address.host, address.ports, main.get("pinned", ""))]
    if partner := details.get(Side.PARTNER):
        ports, pinned = partner["ports"], partner["pinned"]
        ends.append(End(Side.PARTNER.value, partner["host"], ports, pinned))
    return Link(
        address.device_id,
        tuple(ends),
        transport=details.get("transport", Transport.AUTO),
        ca_pem=details.get("ca_pem", ""),
        server_name=details.get("server_name", ""),
        user=credential.get("username", ""),
        pin=credential.get("pin", ""),
        api_key=credential.get("api_key", ""),
    )


def group_budget() -> int:
    """Change groups of one Core that its poller may hold."""
    return int(settings.CONFIG.qsys_group_budget)


def marks(devices: list[Device]) -> dict[UUID, tuple[int, bool]]:
    """Of each device the count of its link's changes, and whether it is a pair."""
    ids = [device.id for device in devices]
    pairs = set(
        CoreEnd.objects.filter(device_id__in=ids, side=Side.PARTNER).values_list(
            "device_id", flat=True
        )
    )
    links = Core.system.filter(device_id__in=ids).values_list("device_id", "link")
    return {device_id: (link, device_id in pairs) for device_id, link in links}
