"""Whom we take for a Core: a certificate is pinned at first sight, and every other refused."""

from typing import Final
from uuid import UUID

from django.db import connection, transaction

from apps.audit.services import Act, Subject, denied, transition
from apps.events.publish import publish
from apps.events.types import CoreDistrusted, CorePinned, Event
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import system_actor
from apps.qsys.client import QsysUntrusted
from apps.qsys.models import CoreEnd

#: What audit rows call it.
PIN: Final = "qsys.certificate.pin"


def first_met(device_id: UUID, side: str, fingerprint: str) -> None:
    """Pin a certificate that was met for the first time; raises QsysUntrusted for a second one.

    Of connections that are the first at once, one pins and the others compare.
    """
    try:
        pinned = _pin(device_id, side, fingerprint)
    finally:
        connection.close()
    if pinned != fingerprint:
        raise QsysUntrusted(
            f"the certificate's fingerprint is {fingerprint}, not the pinned one", found=fingerprint
        )


def stranger_met(device_id: UUID, side: str, fingerprint: str) -> None:
    """Keep the fingerprint of a certificate that was refused, and tell it once."""
    try:
        _refuse(device_id, side, fingerprint)
    finally:
        connection.close()


def _pin(device_id: UUID, side: str, fingerprint: str) -> str:
    now = clock.now()
    with transaction.atomic():
        CoreEnd.objects.get_or_create(device_id=device_id, side=side)
        end = CoreEnd.objects.select_for_update().get(device_id=device_id, side=side)
        if end.pinned:
            return end.pinned
        end.pinned, end.pinned_at, end.seen = fingerprint, now, ""
        end.save(update_fields=["pinned", "pinned_at", "seen"])
        device = Device.system.get(id=device_id)
        act = _act(device)
        transition(
            act,
            verdict="pinned",
            detail=f"First contact with the {side} end; its certificate counts from now on.",
            before={"fingerprint": ""},
            after={"fingerprint": fingerprint},
        )
        _tell(
            device,
            CorePinned(device_id=device.id, name=device.name, side=side, fingerprint=fingerprint),
        )
    return fingerprint


def _refuse(device_id: UUID, side: str, fingerprint: str) -> None:
    with transaction.atomic():
        ends = CoreEnd.objects.filter(device_id=device_id, side=side)
        news = ends.exclude(seen=fingerprint).update(seen=fingerprint, seen_at=clock.now())
        if not news:
            return
        device, pinned = Device.system.get(id=device_id), ends.get().pinned
        denied(
            _act(device),
            verdict="untrusted",
            detail=f"The {side} end showed another certificate: {fingerprint}.",
        )
        _tell(
            device,
            CoreDistrusted(
                device_id=device.id,
                name=device.name,
                side=side,
                fingerprint=fingerprint,
                pinned=pinned,
            ),
        )


def _act(device: Device) -> Act:
    subject = Subject("device", device.id, device.name, device.site_path, device.id)
    actor = system_actor("qsys", tenant_id=device.tenant_id)
    return Act(operation=PIN, face="system", actor=actor, subject=subject)


def _tell(device: Device, event: Event) -> None:
    publish(event, tenant_id=device.tenant_id, site_path=device.site_path, device_id=device.id)
