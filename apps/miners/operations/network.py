"""The operation on a miner's place in the network."""

from apps.miners import services
from apps.miners.operations.faces import EVERYWHERE
from apps.miners.schemas.network import MinersNetworkSetIn, MinersNetworkSetOut
from apps.miners.services import network
from apps.operations.core import Danger, Operation, Repeat

SET = Operation(
    name="miners.network.set",
    aliases=("configure_network",),
    summary="Move a miner in the network, find it by its MAC, and keep the change or revert it.",
    input=MinersNetworkSetIn,
    output=MinersNetworkSetOut,
    handler=network.network_set,
    targets=services.miner_targets,
    plan=network.network_plan,
    settle=network.network_settle,
    reverse=network.network_reverse,
    permission="miners.configure",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.KEYED,
    faces=EVERYWHERE,
    device=True,
    time_limit=60,
)

OPERATIONS = (SET,)
