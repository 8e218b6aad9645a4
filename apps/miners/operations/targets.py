"""Operations on what a miner works towards."""

from apps.miners import services
from apps.miners.operations.faces import EVERYWHERE
from apps.miners.schemas.targets import (
    MinersHashrateSetIn,
    MinersPowerSetIn,
    MinersPowerSetOut,
    MinersTargetAdjustIn,
    MinersTargetOut,
    MinersTuningSetIn,
)
from apps.miners.services import targets
from apps.operations.core import Danger, Operation, Repeat

POWER = Operation(
    name="miners.power.set",
    aliases=("set_power_target",),
    summary="Set a miner's power target in watts and read it back.",
    input=MinersPowerSetIn,
    output=MinersPowerSetOut,
    handler=targets.power_set,
    targets=services.miner_targets,
    plan=targets.power_plan,
    settle=targets.power_settle,
    reverse=targets.power_reverse,
    permission="miners.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=EVERYWHERE,
    device=True,
    time_limit=20,
)
HASHRATE = Operation(
    name="miners.hashrate.set",
    aliases=("set_hashrate_target",),
    summary="Set a miner's hash-rate target in TH/s and read it back.",
    input=MinersHashrateSetIn,
    output=MinersTargetOut,
    handler=targets.target_set,
    targets=services.miner_targets,
    plan=targets.target_plan,
    settle=targets.target_settle,
    reverse=targets.hashrate_reverse,
    permission="miners.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=EVERYWHERE,
    device=True,
    time_limit=20,
)
ADJUST = Operation(
    name="miners.target.adjust",
    summary="Move a miner's target by a step, or set it to a share of its range.",
    input=MinersTargetAdjustIn,
    output=MinersTargetOut,
    handler=targets.target_set,
    targets=services.miner_targets,
    plan=targets.target_plan,
    settle=targets.target_settle,
    reverse=targets.adjust_reverse,
    permission="miners.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.KEYED,
    faces=EVERYWHERE,
    device=True,
    time_limit=20,
)
TUNING = Operation(
    name="miners.tuning.set",
    aliases=("configure_autotuning",),
    summary="Choose what a miner works towards: power, hash rate, efficiency or default.",
    input=MinersTuningSetIn,
    output=MinersTargetOut,
    handler=targets.target_set,
    targets=services.miner_targets,
    plan=targets.target_plan,
    settle=targets.target_settle,
    reverse=targets.tuning_reverse,
    permission="miners.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=EVERYWHERE,
    device=True,
    time_limit=20,
)

OPERATIONS = (POWER, HASHRATE, ADJUST, TUNING)
