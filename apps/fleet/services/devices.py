"""Registering, changing, tagging and retiring devices; each change is told once."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import redis
import structlog
from django.db import IntegrityError, transaction

from apps.events.publish import publish
from apps.events.types import DeviceChanged
from apps.fleet import addresses
from apps.fleet.drivers import Probe, driver
from apps.fleet.models import Credential, Device, DeviceState, DeviceStatus, Site
from apps.fleet.selectors import generation_key
from apps.fleet.shards import shard_of
from apps.kernel.cache import count_up
from apps.kernel.errors import Failure, conflict
from apps.kernel.ids import new_id
from apps.kernel.rows import update

log = structlog.get_logger(__name__)

#: What the database's constraints mean.
TAKEN: Final = {
    "fleet_device_name": "There is a device of that name already.",
    "fleet_device_serial": "There is a device with that serial number already.",
    "fleet_device_mac": "There is a device with that MAC address already.",
}


def device_create(
    *,
    site: Site,
    driver_name: str,
    name: str,
    address: str,
    ports: Mapping[str, int] | None = None,
    **columns: Any,
) -> Device:
    """A device in operation; `columns` are serial, mac, model and tags.

    Raises `invalid` for an unknown driver or an address that is not allowed, `conflict` when
    name, serial or MAC are taken.
    """
    family = driver(driver_name)
    addresses.screen(address, {**family.default_ports, **(ports or {})}.values())
    device_id = new_id()
    device = Device(
        id=device_id,
        tenant_id=site.tenant_id,
        site=site,
        site_path=site.path,
        kind=family.kind,
        driver=family.name,
        name=name,
        address=address,
        ports=dict(ports or {}),
        shard=shard_of(device_id),
        **columns,
    )
    with transaction.atomic():
        _save(device, force_insert=True)
        DeviceState.objects.create(device=device)
        announce(device, "registered")
    return device


def device_update(device: Device, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Set columns (`site` as a Site); gives what they were. Raises as `device_create` does."""
    with transaction.atomic():
        row = Device.system.select_for_update().get(id=device.id)
        before = {name: getattr(row, name) for name in changes}
        for name, value in changes.items():
            setattr(row, name, value)
        row.site_path = row.site.path
        ports = {**driver(row.driver).default_ports, **row.ports}
        addresses.screen(row.address, ports.values())
        _save(row)
        announce(row, "edited")
    device.refresh_from_db(from_queryset=Device.system.select_related("site"))
    return before


def device_retag(device: Device, *, add: Iterable[str], remove: Iterable[str]) -> list[str]:
    """Put tags on and take tags off; gives the tags as they are now, in order.

    The caller holds the device's row, or two calls at once would lose each other's tags.
    """
    tags = sorted((set(device.tags) | set(add)) - set(remove))
    if tags != device.tags:
        device.tags = tags
        with transaction.atomic(savepoint=False):
            update(device, "tags")
            announce(device, "tagged")
    return tags


def device_retire(device: Device) -> None:
    """Take a device out of operation: nothing calls it any more and its secrets are gone."""
    with transaction.atomic():
        Device.system.filter(id=device.id).update(status=DeviceStatus.DECOMMISSIONED)
        Credential.objects.filter(device_id=device.id).delete()
        announce(device, "decommissioned")
    device.status = DeviceStatus.DECOMMISSIONED


def device_identify(device: Device, probe: Probe) -> bool:
    """Keep what a device says of itself; False, and nothing kept, when it is another device."""
    if device.serial and probe.serial and device.serial != probe.serial:
        return False
    said = {
        "serial": probe.serial[:100],
        "mac": probe.mac[:17],
        "model": probe.model[:100],
        "firmware": probe.firmware[:100],
    }
    changes = {name: text for name, text in said.items() if text and text != getattr(device, name)}
    if changes:
        with transaction.atomic():
            for name, text in changes.items():
                setattr(device, name, text)
            _save(device, update_fields=[*changes, "updated_at"])
            announce(device, "identified")
    return True


def announce(device: Device, change: str) -> None:
    """Tell the change, and let summaries be counted anew once it has been committed."""
    publish(
        DeviceChanged(device_id=device.id, name=device.name, change=change),
        tenant_id=device.tenant_id,
        site_path=device.site_path,
        device_id=device.id,
    )
    transaction.on_commit(lambda: forget_summaries(device.tenant_id))


def forget_summaries(tenant_id: Any) -> None:
    """Start a new edition of the tenant's summaries; without Valkey the old one just ages."""
    try:
        count_up(generation_key(tenant_id))
    except redis.RedisError as error:
        log.warning("summaries not started anew", tenant_id=str(tenant_id), error=str(error))


def _save(device: Device, **options: Any) -> None:
    try:
        with transaction.atomic():
            device.save(**options)
    except IntegrityError as error:
        raise _taken(error) from None


def _taken(error: IntegrityError) -> Failure:
    text = str(error)
    known = (sentence for name, sentence in TAKEN.items() if name in text)
    return conflict(next(known, "Something else has one of these values already."))
