"""Operations that ask a miner and change nothing."""

from apps.miners import services
from apps.miners.operations.faces import BY_HAND
from apps.miners.schemas.readings import (
    MinersErrorListIn,
    MinersErrorListOut,
    MinersLogReadIn,
    MinersLogReadOut,
    MinersMinerInfoIn,
    MinersMinerInfoOut,
)
from apps.miners.services import readings
from apps.operations.core import Danger, Operation, Repeat

INFO = Operation(
    name="miners.miner.info",
    aliases=("get_miner_info",),
    summary="Ask a miner what it is: parts with serials, network, ranges, licence.",
    input=MinersMinerInfoIn,
    output=MinersMinerInfoOut,
    handler=readings.miner_info,
    targets=services.miner_targets,
    permission="miners.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
    time_limit=20,
)
ERRORS = Operation(
    name="miners.error.list",
    summary="Ask a miner what is wrong with it, with codes and the maker's hints.",
    input=MinersErrorListIn,
    output=MinersErrorListOut,
    handler=readings.error_list,
    targets=services.miner_targets,
    permission="miners.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
    time_limit=10,
)
LOG = Operation(
    name="miners.log.read",
    aliases=("get_miner_logs",),
    summary="Read the last lines of a miner's log, by level and time.",
    input=MinersLogReadIn,
    output=MinersLogReadOut,
    handler=readings.log_read,
    targets=services.miner_targets,
    permission="miners.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
    time_limit=30,
)

OPERATIONS = (INFO, ERRORS, LOG)
