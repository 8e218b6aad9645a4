"""What an upgrade would do, before it does it."""

from typing import Final
from uuid import UUID

from apps.fleet.models import Device
from apps.miners.firmware import store
from apps.miners.models import FirmwareImage
from apps.miners.schemas import MinersFirmwareUpgradeIn
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
