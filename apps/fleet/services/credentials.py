"""Secrets of devices: sealed when set, sealed anew under a newer key while in use."""

from collections.abc import Mapping

import orjson
from django.db import transaction

from apps.fleet.drivers import driver
from apps.fleet.models import Credential, Device, DiscoveryRange
from apps.kernel.errors import invalid
from apps.kernel.keyring import keyring, reseal


def credential_set(device: Device, secrets: Mapping[str, str]) -> Credential:
    """Replace the secrets of a device; raises `invalid` naming the fields its driver knows.

    Sessions that were opened with older secrets are given up at their next call.
    """
    require_known(device.driver, secrets)
    sealed = keyring().seal(orjson.dumps(dict(secrets)))
    with transaction.atomic():
        row, made = Credential.objects.select_for_update().get_or_create(
            device=device, defaults={"sealed": sealed}
        )
        if not made:
            row.sealed, row.version = sealed, row.version + 1
            row.save(update_fields=["sealed", "version", "updated_at"])
    return row


def require_known(driver_name: str, secrets: Mapping[str, str]) -> None:
    """Raises `invalid` for a field that devices of this driver do not log in with."""
    known = driver(driver_name).secrets
    unknown = sorted(set(secrets) - set(known))
    if unknown:
        raise invalid(
            f"secrets.{unknown[0][:40]}",
            f"is not what {driver_name} logs in with.",
            allowed=", ".join(known) or "nothing: it has no log-in",
        )


def credentials_rotate() -> int:
    """Seal the secrets of all devices and ranges under the newest key; how many were. Open
    sessions stay."""
    return reseal(Credential.objects.all(), "sealed") + reseal(
        DiscoveryRange.system.all(), "sealed"
    )
