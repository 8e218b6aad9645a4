"""A device's password while it is being changed: both are kept, and either lets the plane in.

The new one is stored before the device is told, so that no crash leaves a device whose password
nobody knows; the old one is dropped once the device was seen to take the new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson
from django.db import transaction

from apps.fleet.models import Credential, Device
from apps.kernel.errors import conflict
from apps.kernel.keyring import keyring

PASSWORD: Final = "password"  # noqa: S105 - the name of a field
#: The password that the device was, or is about to be, told to take.
NEXT: Final = "next_password"
#: The calls that offered the next password, and that changed the one in use.
OFFERED_BY: Final = "offered_by"
CHANGED_BY: Final = "changed_by"


@dataclass(frozen=True, slots=True)
class Change:
    """How a change of password stands: `offered` is the new one until that is decided, and
    `changed_by` the call whose new password is the one in use."""

    password: str
    offered: str
    changed_by: str


def password_change(device: Device) -> Change:
    """How the change of a device's password stands; raises `conflict` where it has no password."""
    stored = _opened(Credential.objects.filter(device=device).first())
    if PASSWORD not in stored:
        raise conflict(f"{device.name} has no stored password; set it with fleet.credential.set.")
    return Change(stored[PASSWORD], stored.get(NEXT, ""), stored.get(CHANGED_BY, ""))


def password_offer(device: Device, password: str, *, call_id: UUID) -> None:
    """Keep a password beside the one in use, before a call has the device told."""
    with transaction.atomic():
        row = _locked(device)
        _store(row, {**_opened(row), NEXT: password, OFFERED_BY: str(call_id)})


def password_decide(device: Device, *, taken: bool) -> None:
    """Keep the offered password alone where the device took it, else the old one alone."""
    with transaction.atomic():
        row = _locked(device)
        stored = dict(_opened(row))
        offered, call_id = stored.pop(NEXT, ""), stored.pop(OFFERED_BY, "")
        if taken and offered:
            stored |= {PASSWORD: offered, CHANGED_BY: call_id}
        _store(row, stored)


def _locked(device: Device) -> Credential:
    return Credential.objects.select_for_update().get(device=device)


def _opened(row: Credential | None) -> Mapping[str, str]:
    found: Mapping[str, str] = orjson.loads(keyring().unseal(bytes(row.sealed))) if row else {}
    return found


def _store(row: Credential, secrets: Mapping[str, str]) -> None:
    """Sessions that were opened with what was stored before are given up at their next call."""
    row.sealed, row.version = keyring().seal(orjson.dumps(dict(secrets))), row.version + 1
    row.save(update_fields=["sealed", "version", "updated_at"])
