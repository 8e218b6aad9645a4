"""Operations on firmware."""

from apps.miners import services
from apps.miners.firmware import library, plan, upgrade
from apps.miners.operations.faces import BY_HAND, EVERYWHERE
from apps.miners.schemas.firmware import (
    MinersFirmwareListIn,
    MinersFirmwareListOut,
    MinersFirmwareUpgradeIn,
    MinersFirmwareUpgradeOut,
    MinersFirmwareUploadIn,
    MinersFirmwareUploadOut,
)
from apps.operations.core import Danger, Face, Mode, Operation, Repeat

FIRMWARE_UPGRADE = Operation(
    name="miners.firmware.upgrade",
    aliases=("update_miner_firmware",),
    summary="Install a verified firmware image on a miner, and prove it: the version is read back.",
    input=MinersFirmwareUpgradeIn,
    output=MinersFirmwareUpgradeOut,
    handler=upgrade.step,
    targets=services.miner_targets,
    plan=plan.plan,
    settle=plan.settle,
    reverse=plan.reverse,
    permission="miners.configure",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.KEYED,
    faces=EVERYWHERE,
    mode=Mode.JOB,
    device=True,
    time_limit=900,
)
FIRMWARE_UPLOAD = Operation(
    name="miners.firmware.upload",
    summary="Send one piece of a firmware image; the last piece has it verified.",
    input=MinersFirmwareUploadIn,
    output=MinersFirmwareUploadOut,
    handler=library.upload,
    targets=library.upload_targets,
    permission="miners.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=frozenset({Face.REST}),
    time_limit=30,
)
FIRMWARE_LIST = Operation(
    name="miners.firmware.list",
    summary="List the firmware images that can be installed.",
    input=MinersFirmwareListIn,
    output=MinersFirmwareListOut,
    handler=library.images,
    permission="miners.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)

OPERATIONS = (FIRMWARE_UPGRADE, FIRMWARE_UPLOAD, FIRMWARE_LIST)
