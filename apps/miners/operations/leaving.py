"""Operations that cannot be taken back; a second person grants them."""

from apps.miners import services
from apps.miners.operations.faces import BY_HAND
from apps.miners.schemas.setup import (
    MinersMinerResetIn,
    MinersMinerResetOut,
    MinersStockRestoreIn,
)
from apps.miners.services import leaving
from apps.operations.core import Danger, Operation, Repeat

RESET = Operation(
    name="miners.miner.reset",
    aliases=("factory_reset",),
    summary="Let a miner forget every setting, its password too.",
    input=MinersMinerResetIn,
    output=MinersMinerResetOut,
    handler=leaving.miner_reset,
    targets=services.miner_targets,
    plan=leaving.reset_plan,
    settle=leaving.reset_settle,
    permission="miners.configure",
    danger=Danger.DESTRUCTIVE,
    repeat=Repeat.KEYED,
    faces=BY_HAND,
    device=True,
    time_limit=20,
)
STOCK = Operation(
    name="miners.stock.restore",
    summary="Let a miner go back to its maker's firmware; it leaves Braiins OS.",
    input=MinersStockRestoreIn,
    output=MinersMinerResetOut,
    handler=leaving.stock_restore,
    targets=services.miner_targets,
    plan=leaving.stock_plan,
    settle=leaving.stock_settle,
    permission="miners.configure",
    danger=Danger.DESTRUCTIVE,
    repeat=Repeat.KEYED,
    faces=BY_HAND,
    device=True,
    time_limit=20,
)

OPERATIONS = (RESET, STOCK)
