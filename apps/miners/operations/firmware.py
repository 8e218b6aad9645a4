"""Operations on firmware: its images, the keys they are signed with, and the upgrade."""

from apps.miners import services
from apps.miners.firmware import keys, library, plan, upgrade
from apps.miners.operations.faces import BY_HAND, EVERYWHERE
from apps.miners.schemas.firmware import (
    MinersFirmwareGetIn,
    MinersFirmwareGetOut,
    MinersFirmwareListIn,
    MinersFirmwareListOut,
    MinersFirmwareMovedOut,
    MinersFirmwarePublishIn,
    MinersFirmwareUpgradeIn,
    MinersFirmwareUpgradeOut,
    MinersFirmwareUploadIn,
    MinersFirmwareUploadOut,
    MinersFirmwareWithdrawIn,
)
from apps.miners.schemas.keys import (
    MinersKeyListIn,
    MinersKeyListOut,
    MinersKeyOut,
    MinersKeyTrustIn,
    MinersKeyWithdrawIn,
)
from apps.operations.core import Danger, Face, Mode, Operation, Repeat

#: The library is kept by people and their programs, not by assistants.
AT_HOME = frozenset({Face.REST, Face.CONSOLE})

FIRMWARE_UPGRADE = Operation(
    name="miners.firmware.upgrade",
    aliases=("update_miner_firmware",),
    summary="Install a published firmware image on a miner, and prove it by its version.",
    input=MinersFirmwareUpgradeIn,
    output=MinersFirmwareUpgradeOut,
    handler=upgrade.step,
    targets=services.miner_targets,
    plan=plan.plan,
    settle=plan.settle,
    reverse=plan.reverse,
    brings=plan.brings,
    permission="miners.configure",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.KEYED,
    faces=EVERYWHERE,
    mode=Mode.JOB,
    device=True,
    exclusive=True,
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
FIRMWARE_PUBLISH = Operation(
    name="miners.firmware.publish",
    summary="Publish a verified image, so that it may be installed; unsigned, it takes two people.",
    input=MinersFirmwarePublishIn,
    output=MinersFirmwareMovedOut,
    handler=library.publish,
    targets=library.image_targets,
    plan=library.publish_plan,
    raised=library.publish_danger,
    permission="miners.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=AT_HOME,
    time_limit=30,
)
FIRMWARE_WITHDRAW = Operation(
    name="miners.firmware.withdraw",
    summary="Withdraw an image at once and for good: no miner is begun with it, rollouts pause.",
    input=MinersFirmwareWithdrawIn,
    output=MinersFirmwareMovedOut,
    handler=library.withdraw,
    targets=library.image_targets,
    permission="miners.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=AT_HOME,
)
FIRMWARE_LIST = Operation(
    name="miners.firmware.list",
    summary="List the firmware images.",
    input=MinersFirmwareListIn,
    output=MinersFirmwareListOut,
    handler=library.images,
    permission="miners.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)
FIRMWARE_GET = Operation(
    name="miners.firmware.get",
    summary="Look at a firmware image: what it is for, who signed, published and withdrew it.",
    input=MinersFirmwareGetIn,
    output=MinersFirmwareGetOut,
    handler=library.get,
    targets=library.get_targets,
    permission="miners.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=AT_HOME,
)
KEY_TRUST = Operation(
    name="miners.key.trust",
    summary="Trust a signing key for firmware images; a second person grants it.",
    input=MinersKeyTrustIn,
    output=MinersKeyOut,
    handler=keys.key_trust,
    targets=keys.trust_targets,
    plan=keys.trust_plan,
    permission=keys.ADMINISTER,
    danger=Danger.DESTRUCTIVE,
    repeat=Repeat.NATURAL,
    faces=AT_HOME,
)
KEY_WITHDRAW = Operation(
    name="miners.key.withdraw",
    summary="Withdraw a signing key at once and for good: what it signed is not begun with.",
    input=MinersKeyWithdrawIn,
    output=MinersKeyOut,
    handler=keys.key_withdraw,
    targets=keys.withdraw_targets,
    permission="miners.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=AT_HOME,
)
KEY_LIST = Operation(
    name="miners.key.list",
    summary="List the signing keys for firmware images, past ones too.",
    input=MinersKeyListIn,
    output=MinersKeyListOut,
    handler=keys.key_list,
    permission="miners.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=AT_HOME,
)

OPERATIONS = (
    FIRMWARE_UPGRADE,
    FIRMWARE_UPLOAD,
    FIRMWARE_PUBLISH,
    FIRMWARE_WITHDRAW,
    FIRMWARE_LIST,
    FIRMWARE_GET,
    KEY_TRUST,
    KEY_WITHDRAW,
    KEY_LIST,
)
