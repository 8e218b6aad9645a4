"""What an upgrade would do, before it does it."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.miners import selectors
from apps.miners.firmware import store
from apps.miners.firmware.health import is_version
from apps.miners.models import FirmwareImage
from apps.miners.models.firmware import ImageState
from apps.miners.schemas.firmware import MinersFirmwareUpgradeIn
from apps.miners.services import disruption, miner_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanRefusal

RISKS: Final = (
    "The miner restarts and earns nothing for some minutes.",
    "There is no way back but to install the earlier image.",
)


def plan(ctx: Context, data: MinersFirmwareUpgradeIn) -> Plan:
    """Which miner goes from which version to which; refused when it is held or unfit."""
    device, image = miner_of(ctx.actor, data.device), store.image_get(ctx.actor, data.image)
    store.require_installable(image)
    held = disruption(device, what="firmware", after=image.version, risks=RISKS)
    change = PlanChange(
        target=device.id, what="firmware", before=device.firmware or None, after=image.version
    )
    return held.model_copy(
        update={"changes": (change,), "refusals": (*held.refusals, *unfit(device, image))}
    )


def unfit(device: Device, image: FirmwareImage) -> tuple[PlanRefusal, ...]:
    """Why this miner cannot have this image, from what is known of it."""
    if device.model and device.model not in image.device_models:
        reason = f"The image is for {', '.join(image.device_models)}, not for {device.model}."
        return (PlanRefusal(target=device.id, reason=reason),)
    return ()


def settle(ctx: Context, data: MinersFirmwareUpgradeIn, intent: UUID) -> Outcome | None:
    """Jobs settle themselves, step by step; nothing is left open outside one."""
    return None


def reverse(
    actor: Actor, data: MinersFirmwareUpgradeIn, output: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The image of the version before, where the library still has it for this model."""
    device = miner_of(actor, data.device)
    verified = selectors.images(actor).filter(
        state=ImageState.VERIFIED, device_models__contains=[device.model]
    )
    earlier = next(
        (row for row in verified if is_version(output.get("before", ""), row.version)), None
    )
    return {"image": str(earlier.id)} if earlier else None
