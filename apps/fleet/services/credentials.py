"""Secrets of devices: sealed when set, sealed anew under a newer key while in use."""

from collections.abc import Mapping

import orjson
from django.db import transaction

from apps.fleet.drivers import driver
from apps.fleet.models import Credential, Device
from apps.kernel.errors import invalid
from apps.kernel.keyring import keyring, reseal


def credential_set(device: Device, secrets: Mapping[str, str]) -> Credential:
    """Replace the secrets of a device; raises `invalid` naming the fields its driver knows.

    Sessions that were opened with older secrets are given up at their next call.
    """
    known = driver(device.driver).secrets
    unknown = sorted(set(secrets) - set(known))
    if unknown:
        raise invalid(
            f"secrets.{unknown[0][:40]}",
            f"is not what {device.driver} logs in with.",
            allowed=", ".join(known) or "nothing: it has no log-in",
        )
    sealed = keyring().seal(orjson.dumps(dict(secrets)))
    with transaction.atomic():
        row, made = Credential.objects.select_for_update().get_or_create(
            device=device, defaults={"sealed": sealed}
        )
        if not made:
            row.sealed, row.version = sealed, row.version + 1
            row.save(update_fields=["sealed", "version", "updated_at"])
    return row


def credentials_rotate() -> int:
    """Seal every device's secrets under the newest key; how many were. Open sessions stay."""
    return reseal(Credential.objects.all(), "sealed")
