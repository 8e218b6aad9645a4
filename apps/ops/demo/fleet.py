"""The demo's places, devices, watches and firmware images."""

import hashlib
from typing import Any, Final

from django.db import transaction
from django.utils.text import slugify

from apps.accounts.models import Tenant
from apps.fleet.models import Circuit, Device, DeviceStatus, Site, SiteKind
from apps.fleet.services import credential_set, device_create, site_create
from apps.miners.firmware import store
from apps.miners.models import FirmwareImage, ImageState
from apps.miners.simulator import build_image
from apps.ops.launcher.site import PORT_SHIFT, SimulatedDevice, devices, port_offset

DRIVERS: Final = {"core": "qsys", "miner": "braiins"}
#: What the simulated miners accept; real ones have passwords of their own.
MINER_LOGIN: Final = {"username": "root", "password": "root"}
IMAGE_VERSION: Final = "2026-08-25-0-5f1c9a3e-26.08.1-plus"
IMAGE_MODELS: Final = ("Antminer S19J Pro",)
IMAGE_BYTES: Final = 4 << 20
PDU_WATTS: Final = 14_000


def seed(network: str) -> list[dict[str, Any]]:
    """Make what is missing; the rows of `demo.json` about devices."""
    offset = port_offset(network)
    rows = [_device(one, offset) for one in devices(network)]
    for tenant in Tenant.objects.all():
        _image(tenant)
    return [
        {
            "id": str(row.id),
            "name": row.name,
            "kind": row.kind,
            "driver": row.driver,
            "address": row.address,
            "tenant": row.tenant.slug,
        }
        for row in rows
    ]


def _device(one: SimulatedDevice, offset: int) -> Device:
    tenant = Tenant.objects.get(slug=one.tenant)
    found = Device.system.filter(tenant=tenant, name=one.name, status=DeviceStatus.ACTIVE).first()
    if found is not None:
        return found
    with transaction.atomic():
        device = device_create(
            site=_place(tenant, one),
            driver_name=DRIVERS[one.kind],
            name=one.name,
            address=one.address,
            ports=_ports(one, offset),
            tags=["demo"],
            slot=one.slot,
            circuit=_circuit(tenant, one),
        )
        if one.kind == "miner":
            credential_set(device, MINER_LOGIN)
    return device


def _circuit(tenant: Tenant, one: SimulatedDevice) -> str:
    """The name of the PDU of a miner's rack, which bears four miners and a little more."""
    if one.kind != "miner":
        return ""
    name = f"PDU {one.place[-1]}"
    place = {"path": _place(tenant, one).path, "saved_by": "demo", "limit_watts": PDU_WATTS}
    Circuit.system.get_or_create(tenant_id=tenant.id, name=name, defaults=place)
    return name


def _ports(one: SimulatedDevice, offset: int) -> dict[str, int]:
    """Only where low ports are refused do the simulators listen elsewhere."""
    if not offset:
        return {}
    name = "qrc" if one.kind == "core" else "grpc"
    return {name: one.port + PORT_SHIFT}


def _place(tenant: Tenant, one: SimulatedDevice) -> Site:
    place = _site(tenant, None, one.site, SiteKind.SITE)
    for number, name in enumerate(one.place):
        last = number == len(one.place) - 1
        kind = (SiteKind.ROOM if one.kind == "core" else SiteKind.RACK) if last else None
        place = _site(tenant, place, name, kind or SiteKind.BUILDING)
    return place


def _site(tenant: Tenant, parent: Site | None, name: str, kind: SiteKind) -> Site:
    path = f"{parent.path if parent else '/'}{slugify(name)}/"
    found = Site.system.filter(tenant=tenant, path=path).first()
    return found or site_create(
        tenant_id=tenant.id, parent=parent, slug=slugify(name), name=name, kind=kind
    )


def _image(tenant: Tenant) -> None:
    content = build_image(IMAGE_VERSION, models=IMAGE_MODELS, size=IMAGE_BYTES)
    sha256 = hashlib.sha256(content).hexdigest()
    image, made = FirmwareImage.system.get_or_create(
        tenant_id=tenant.id,
        sha256=sha256,
        defaults={
            "version": IMAGE_VERSION,
            "device_models": list(IMAGE_MODELS),
            "size": len(content),
            "received": len(content),
            "state": ImageState.PUBLISHED,
            "uploaded_by": "demo",
            "published_by": "demo",
        },
    )
    if made or not store.is_intact(image):
        store.path_of(image).write_bytes(content)
