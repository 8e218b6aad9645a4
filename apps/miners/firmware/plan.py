"""What an upgrade would do, before it does it."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import not_found
from apps.miners import selectors
from apps.miners.curtail.selectors import curtailed_by
from apps.miners.firmware import bandwidth, store
from apps.miners.firmware.fitness import Facts, unfit
from apps.miners.firmware.health import is_version
from apps.miners.models import FirmwareImage, Miner
from apps.miners.schemas.firmware import MinersFirmwareUpgradeIn
from apps.miners.services import disruption, miner_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanRefusal

RISKS: Final = (
    "The miner restarts and earns nothing for some minutes.",
    "There is no way back but to install the earlier image.",
)
UNSIGNED: Final = "Nobody signed the image."


def plan(ctx: Context, data: MinersFirmwareUpgradeIn) -> Plan:
    """Which miner goes from which version to which; refused when it is held or unfit."""
    device, image = miner_of(ctx.actor, data.device), store.image_get(ctx.actor, data.image)
    store.require_installable(image)
    risks = (*RISKS, *(() if image.signature else (UNSIGNED,)), *takes(device, image))
    held = disruption(device, what="firmware", after=image.version, risks=risks)
    change = PlanChange(
        target=device.id, what="firmware", before=device.firmware or None, after=image.version
    )
    return held.model_copy(
        update={
            "changes": (change,),
            "refusals": (
                *held.refusals,
                *not_now(device, curtailed=data.curtailed),
                *too_slow(device, image),
                *refusals(device, image, older=data.older),
            ),
        }
    )


def not_now(device: Device, *, curtailed: bool) -> tuple[PlanRefusal, ...]:
    """A miner that a curtailment has paused is left to it, unless the plan says otherwise."""
    reason = "" if curtailed else curtailed_by(device.id)
    return (PlanRefusal(target=device.id, reason=reason),) if reason else ()


def takes(device: Device, image: FirmwareImage) -> tuple[str, ...]:
    """How long the image is on its way, where the site's uploads are limited."""
    if not bandwidth.rate():
        return ()
    place = bandwidth.site_of(device) or "devices without a place"
    return (
        f"Sending takes about {bandwidth.seconds_alone(image.size):,.0f} s at "
        f"{bandwidth.rate():,} bytes a second for {place}, and longer with other uploads there.",
    )


def too_slow(device: Device, image: FirmwareImage) -> tuple[PlanRefusal, ...]:
    """An image that cannot arrive within the time an upload may take is not begun with."""
    seconds, most = bandwidth.seconds_alone(image.size), settings.CONFIG.firmware_send_seconds
    if seconds <= most * bandwidth.COUNTED_ON:
        return ()
    reason = (
        f"Sending would take {seconds:,.0f} s, and {most} s are allowed: raise "
        "FIRMWARE_SEND_SECONDS or FIRMWARE_SITE_BYTES_PER_SECOND."
    )
    return (PlanRefusal(target=device.id, reason=reason),)


def refusals(device: Device, image: FirmwareImage, *, older: bool) -> tuple[PlanRefusal, ...]:
    """Why this miner cannot have this image, from what is known of it without asking it."""
    platform = Miner.system.filter(device=device).values_list("platform", flat=True).first()
    known = Facts(device.model or None, platform or None, device.firmware or None)
    reason = unfit(image, known, older=older)
    return (PlanRefusal(target=device.id, reason=reason),) if reason else ()


def brings(tenant_id: UUID, data: MinersFirmwareUpgradeIn, whole: bool) -> None:
    """Raises `conflict` when the image may not be begun with now; `whole` reads all its bytes."""
    image = FirmwareImage.system.filter(tenant_id=tenant_id, id=data.image).first()
    if image is None:
        raise not_found("firmware image", data.image)
    store.require_installable(image)
    if whole:
        store.require_whole(image)


def settle(ctx: Context, data: MinersFirmwareUpgradeIn, intent: UUID) -> Outcome | None:
    """Jobs settle themselves, step by step; nothing is left open outside one."""
    return None


def reverse(
    actor: Actor, data: MinersFirmwareUpgradeIn, output: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The image of the version before, where the library still has it for this model."""
    device = miner_of(actor, data.device)
    fitting = selectors.installable(actor).filter(device_models__contains=[device.model])
    earlier = next(
        (row for row in fitting if is_version(output.get("before", ""), row.version)), None
    )
    return {"image": str(earlier.id), "older": True} if earlier else None
