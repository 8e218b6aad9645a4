"""Operations on how a miner is set up."""

from apps.miners import services
from apps.miners.operations.faces import EVERYWHERE
from apps.miners.schemas.setup import (
    MinersBoardSwitchIn,
    MinersBoardSwitchOut,
    MinersCoolingSetIn,
    MinersCoolingSetOut,
    MinersDpsSetIn,
    MinersDpsSetOut,
)
from apps.miners.services import setting_up
from apps.operations.core import Danger, Operation, Repeat

COOLING = Operation(
    name="miners.cooling.set",
    aliases=("configure_fan_control",),
    summary="Set how a miner is cooled: fans by temperature, fixed fans, or a liquid.",
    input=MinersCoolingSetIn,
    output=MinersCoolingSetOut,
    handler=setting_up.cooling_set,
    targets=services.miner_targets,
    plan=setting_up.cooling_plan,
    settle=setting_up.cooling_settle,
    reverse=setting_up.cooling_reverse,
    permission="miners.configure",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.NATURAL,
    faces=EVERYWHERE,
    device=True,
    time_limit=20,
)
DPS = Operation(
    name="miners.dps.set",
    summary="Set a miner's dynamic power scaling: steps, least target, rest when hot.",
    input=MinersDpsSetIn,
    output=MinersDpsSetOut,
    handler=setting_up.dps_set,
    targets=services.miner_targets,
    plan=setting_up.dps_plan,
    settle=setting_up.dps_settle,
    reverse=setting_up.dps_reverse,
    permission="miners.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=EVERYWHERE,
    device=True,
    time_limit=20,
)
BOARDS = Operation(
    name="miners.board.switch",
    summary="Switch single hash boards of a miner on or off.",
    input=MinersBoardSwitchIn,
    output=MinersBoardSwitchOut,
    handler=setting_up.board_switch,
    targets=services.miner_targets,
    plan=setting_up.board_plan,
    settle=setting_up.board_settle,
    reverse=setting_up.board_reverse,
    permission="miners.configure",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.NATURAL,
    faces=EVERYWHERE,
    device=True,
    time_limit=20,
)

OPERATIONS = (COOLING, DPS, BOARDS)
