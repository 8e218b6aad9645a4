"""Operations on a miner as a machine."""

from apps.miners import services
from apps.miners.operations.faces import BY_HAND, EVERYWHERE
from apps.miners.schemas.machines import (
    MinersMinerLocateIn,
    MinersMinerLocateOut,
    MinersMinerPauseIn,
    MinersMinerPauseOut,
    MinersMinerRebootIn,
    MinersMinerRebootOut,
    MinersMinerRestartIn,
    MinersMinerRestartOut,
    MinersMinerResumeIn,
    MinersMinerStatusIn,
    MinersMinerStatusOut,
)
from apps.miners.services import restart
from apps.operations.core import Danger, Operation, Repeat

STATUS = Operation(
    name="miners.miner.status",
    aliases=("get_miner_status",),
    summary="Ask a miner for its state, hash rate, power, firmware and errors.",
    input=MinersMinerStatusIn,
    output=MinersMinerStatusOut,
    handler=services.miner_status,
    targets=services.miner_targets,
    permission="miners.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
)
REBOOT = Operation(
    name="miners.miner.reboot",
    aliases=("reboot_miner",),
    summary="Restart a miner; it is away for some minutes.",
    input=MinersMinerRebootIn,
    output=MinersMinerRebootOut,
    handler=services.miner_reboot,
    targets=services.miner_targets,
    plan=services.reboot_plan,
    settle=services.reboot_settle,
    permission="miners.operate",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.KEYED,
    faces=EVERYWHERE,
    device=True,
    time_limit=15,
)
RESTART = Operation(
    name="miners.miner.restart",
    summary="Start a miner's mining program anew; the machine stays up.",
    input=MinersMinerRestartIn,
    output=MinersMinerRestartOut,
    handler=restart.miner_restart,
    targets=services.miner_targets,
    plan=restart.restart_plan,
    settle=restart.restart_settle,
    permission="miners.operate",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.KEYED,
    faces=EVERYWHERE,
    device=True,
    time_limit=15,
)
LOCATE = Operation(
    name="miners.miner.locate",
    aliases=("locate_miner",),
    summary="Blink the locate light of a miner, or stop it.",
    input=MinersMinerLocateIn,
    output=MinersMinerLocateOut,
    handler=services.miner_locate,
    targets=services.miner_targets,
    settle=services.locate_settle,
    permission="miners.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
)
PAUSE = Operation(
    name="miners.miner.pause",
    summary="Stop a miner's hashing; the machine stays on.",
    input=MinersMinerPauseIn,
    output=MinersMinerPauseOut,
    handler=services.miner_pause,
    targets=services.miner_targets,
    plan=services.pause_plan,
    settle=services.pause_settle,
    permission="miners.operate",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.NATURAL,
    faces=EVERYWHERE,
    device=True,
)
RESUME = Operation(
    name="miners.miner.resume",
    summary="Let a paused miner hash again.",
    input=MinersMinerResumeIn,
    output=MinersMinerPauseOut,
    handler=services.miner_resume,
    targets=services.miner_targets,
    settle=services.resume_settle,
    permission="miners.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=EVERYWHERE,
    device=True,
)

OPERATIONS = (STATUS, REBOOT, RESTART, LOCATE, PAUSE, RESUME)
