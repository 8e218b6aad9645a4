"""How a Core is connected, for reading: both ends of a pair, and whom we take for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from apps.console.calls import may_call
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.qsys.models import CoreEnd, Side
from apps.qsys.selectors import links

#: Operations on the link, what their links say, and the permission each needs at the device.
ACTS: Final = (
    ("qsys.core.reconnect", "Connect anew", "qsys.operate"),
    ("qsys.core.link", "Change the link", "qsys.configure"),
)
#: What each face of a Core is called.
FACES: Final = {
    "": "none yet",
    "qrc": "QRC (TCP)",
    "ws": "QRWC (WebSocket)",
    "wss": "QRWC, encrypted",
}
SENTENCES: Final = {
    "normal": "One end serves, the other stands by.",
    "degraded": "One end serves, and the other does not answer: nothing would take over.",
    "unserved": "Neither end is active: nothing plays. Look at both Cores at once.",
    "split": "Both ends are active. Look at the network between them at once.",
    "differing": "The ends run different designs: a switch-over would change what the room does.",
}


@dataclass(frozen=True, slots=True)
class End:
    """One end. `serves` tells that it is the one that is watched and written to.

    Fingerprints are SHA-256 in groups of four digits; `stranger` is the one that was refused.
    """

    side: str
    word: str
    address: str
    serves: bool
    state: str | None
    since: datetime | None
    reason: str
    pinned: str
    pinned_at: datetime | None
    stranger: str
    stranger_at: datetime | None


@dataclass(frozen=True, slots=True)
class Linked:
    """The connection. `switched_at` is since when the active end of a pair is active."""

    pair: str
    sentence: str
    switched_at: datetime | None
    face: str
    rtt_ms: float | None
    groups: int
    budget: int
    reconnects: int
    last_error: str
    last_error_at: str | None
    ends: list[End]
    acts: list[tuple[str, str]]
    may_trust: bool


def linked(actor: Actor, device: Device) -> dict[str, Any]:
    """The connection of a Core as its page shows it, from what the poller last told."""
    found = links.connection_of(device)
    ends = links.core_ends(device)
    paired = len(ends) > 1
    serving = found.active or found.link["side"] or Side.MAIN
    shown = [_end(device, one, paired=paired, serves=one.side == serving) for one in ends]
    switched = next((one.since for one in shown if one.serves), None) if paired else None
    return {
        "link": Linked(
            pair=found.pair,
            sentence=SENTENCES.get(found.pair, ""),
            switched_at=switched,
            face=FACES.get(found.link["transport"], found.link["transport"]),
            rtt_ms=found.link["rtt_ms"],
            groups=found.link["groups"],
            budget=found.group_budget,
            reconnects=found.link["reconnects"],
            last_error=found.link["last_error"],
            last_error_at=found.link["last_error_at"],
            ends=shown,
            acts=[
                (name, word)
                for name, word, permission in ACTS
                if may_call(actor, name) and _may_here(actor, device, permission)
            ],
            may_trust=_may_here(actor, device, "qsys.configure"),
        )
    }


def _end(device: Device, end: CoreEnd, *, paired: bool, serves: bool) -> End:
    return End(
        side=end.side,
        word="Main" if end.side == Side.MAIN else "Partner",
        address=end.address or device.address,
        serves=serves,
        state=end.state if paired else None,
        since=end.state_at,
        reason=end.reason,
        pinned=grouped(end.pinned),
        pinned_at=end.pinned_at,
        stranger=grouped(end.seen),
        stranger_at=end.seen_at,
    )


def grouped(fingerprint: str) -> str:
    """Hex digits in fours, so that two can be compared by eye."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def _may_here(actor: Actor, device: Device, permission: str) -> bool:
    return actor.may_at(permission, device.site_path, device.id)
