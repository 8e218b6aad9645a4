"""How a Core is reached: its transport, its partner, its certificate; and beginning anew."""

import ssl
from typing import Any, Final

from django.db.models import F

from apps.fleet import addresses, sessions
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.errors import invalid
from apps.operations.context import Context
from apps.operations.outcome import Plan, PlanChange, PlanTarget
from apps.qsys import selectors
from apps.qsys.links import FACES, PORTS
from apps.qsys.models import Core, CoreEnd, Side, Transport
from apps.qsys.poller.rows import core_ensure
from apps.qsys.poller.times import Times
from apps.qsys.schemas.links import (
    QsysCoreConnectionIn,
    QsysCoreConnectionOut,
    QsysCoreEndOut,
    QsysCoreLinkIn,
    QsysCoreLinkOut,
    QsysCoreReconnectIn,
    QsysCoreReconnectOut,
    QsysCoreTrustIn,
    QsysCoreTrustOut,
)
from apps.qsys.services.cores import core_of

#: What is kept on the Core's own row.
OWN: Final = ("transport", "ca_pem", "server_name")


def core_link(ctx: Context, data: QsysCoreLinkIn) -> QsysCoreLinkOut:
    """Change what is given; connections are made anew by it."""
    device = core_of(ctx.actor, data.device)
    given = data.model_dump(exclude={"device"}, exclude_none=True)
    if not given:
        raise invalid("input", "changes nothing; give at least one field besides device.")
    core = _locked(device)
    before = _shown(device, core)
    for name in OWN:
        setattr(core, name, given.get(name, getattr(core, name)))
    _require_authority(core)
    _require_port(device, core)
    _set_partner(device, core, data)
    _renew(device, core)
    link = _link_out(device, core)
    ctx.before, ctx.after = before, link.model_dump(mode="json")
    return link


def _locked(device: Device) -> Core:
    core_ensure(device)
    return Core.system.select_for_update().get(device=device)


def _require_authority(core: Core) -> None:
    if not core.ca_pem:
        return
    try:
        ssl.create_default_context(cadata=core.ca_pem)
    except (ssl.SSLError, ValueError):
        raise invalid(
            "ca_pem", "is no certificate; give its text from -----BEGIN CERTIFICATE----- on."
        ) from None


def _require_port(device: Device, core: Core) -> None:
    """The port of a chosen transport must be allowed; auto goes without those that are not."""
    if core.transport != Transport.AUTO:
        (face,) = FACES[core.transport]
        addresses.screen(device.address, (device.ports.get(face, PORTS[face]),))


def _set_partner(device: Device, core: Core, data: QsysCoreLinkIn) -> None:
    """Make, move or remove the partner; one at another address has another certificate."""
    ends = CoreEnd.objects.filter(device=device, side=Side.PARTNER)
    held = ends.first()
    address = data.partner_address
    if address is None:
        address = held.address if held else ""
    if not address:
        if data.partner_ports:
            raise invalid("partner_ports", "mean nothing without partner_address.")
        ends.delete()
        core.pair = core.active = ""
        return
    ports = data.partner_ports
    if ports is None:
        ports = held.ports if held else {}
    _require_partner(device, core, address, ports)
    if held is not None and held.address == address:
        ends.update(ports=ports)
        return
    ends.delete()
    CoreEnd.objects.create(device=device, side=Side.PARTNER, address=address, ports=ports)
    core.pair = core.active = ""


def _require_partner(device: Device, core: Core, address: str, ports: dict[str, int]) -> None:
    faces = {"qrc", *(() if core.transport == Transport.AUTO else FACES[core.transport])}
    addresses.screen(address, [ports.get(face, PORTS[face]) for face in faces])
    own = {**PORTS, **device.ports}
    if address == device.address and {**PORTS, **ports}["qrc"] == own["qrc"]:
        raise invalid("partner_address", "is the device's own; give the other Core's.")


def _renew(device: Device, core: Core) -> None:
    """Keep a changed row, so that every process connects anew."""
    core.link += 1
    core.save()
    sessions.drop(device)


def _shown(device: Device, core: Core) -> dict[str, Any]:
    return _link_out(device, core).model_dump(mode="json")


def _link_out(device: Device, core: Core) -> QsysCoreLinkOut:
    return QsysCoreLinkOut(
        device=device.id,
        transport=Transport(core.transport),
        authority=bool(core.ca_pem),
        server_name=core.server_name,
        ends=_ends_out(device),
    )


def _ends_out(device: Device) -> list[QsysCoreEndOut]:
    return [
        QsysCoreEndOut(
            side=Side(end.side),
            address=end.address or device.address,
            pinned=end.pinned,
            pinned_at=end.pinned_at,
            seen=end.seen,
            state=end.state,
            design_code=end.design_code,
            state_at=end.state_at,
            reason=end.reason,
        )
        for end in selectors.core_ends(device)
    ]


# -- trust


def core_trust_plan(ctx: Context, data: QsysCoreTrustIn) -> Plan:
    """Which certificate would count instead of which."""
    device = core_of(ctx.actor, data.device)
    end = _end(device, data)
    after = _wanted(end, data)
    risks = ["Whoever has this certificate is sent the Core's PIN and commands."]
    if end.seen and end.seen != after:
        risks.append(f"The Core last showed another one: {end.seen}.")
    return Plan(
        targets=(PlanTarget(kind="device", id=device.id, label=device.name),),
        changes=(
            PlanChange(
                target=device.id,
                what=f"certificate of the {data.side} end (SHA-256)",
                before=end.pinned or None,
                after=after,
            ),
        ),
        risks=tuple(risks),
    )


def core_trust(ctx: Context, data: QsysCoreTrustIn) -> QsysCoreTrustOut:
    """Pin a certificate; the one before counts no more."""
    device = core_of(ctx.actor, data.device)
    core = _locked(device)
    end = _end(device, data)
    before, after = end.pinned, _wanted(end, data)
    CoreEnd.objects.update_or_create(
        device=device,
        side=data.side,
        defaults={"pinned": after, "pinned_at": clock.now(), "seen": "", "seen_at": None},
    )
    _renew(device, core)
    ctx.before, ctx.after = {"fingerprint": before}, {"fingerprint": after}
    return QsysCoreTrustOut(device=device.id, side=data.side, before=before, after=after)


def _end(device: Device, data: QsysCoreTrustIn) -> CoreEnd:
    """The end that is meant; the main one may have no row yet."""
    found = CoreEnd.objects.filter(device=device, side=data.side).first()
    if found is None and data.side == Side.PARTNER:
        raise invalid("side", f"{device.name} has no partner; name one with qsys.core.link.")
    return found or CoreEnd(device=device, side=data.side)


def _wanted(end: CoreEnd, data: QsysCoreTrustIn) -> str:
    wanted = data.fingerprint or end.seen
    if not wanted:
        raise invalid("fingerprint", "is needed: no other certificate was met that could be meant.")
    return wanted


# -- the poller's connection


def core_connection(ctx: Context, data: QsysCoreConnectionIn) -> QsysCoreConnectionOut:
    """How the poller is connected, from what it last wrote."""
    device = selectors.core_device(ctx.actor, data.device)
    found = selectors.connection_of(device)
    return QsysCoreConnectionOut(
        device=device.id,
        name=device.name,
        liveness=found.liveness,
        reason=found.reason,
        seen_at=found.seen_at,
        pair=found.pair,
        active=found.active,
        group_budget=found.group_budget,
        ends=_ends_out(device),
        **found.link,
    )


def core_reconnect(ctx: Context, data: QsysCoreReconnectIn) -> QsysCoreReconnectOut:
    """Have every process give up its connections to a Core and make them anew."""
    device = core_of(ctx.actor, data.device)
    core_ensure(device)
    Core.system.filter(device=device).update(link=F("link") + 1)
    sessions.drop(device)
    return QsysCoreReconnectOut(device=device.id, within_seconds=Times().devices + Times().connect)
