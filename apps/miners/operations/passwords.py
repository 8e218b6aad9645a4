"""The operation on a miner's password."""

from apps.miners import services
from apps.miners.operations.faces import EVERYWHERE
from apps.miners.schemas.passwords import MinersPasswordRotateIn, MinersPasswordRotateOut
from apps.miners.services import passwords
from apps.operations.core import Danger, Operation, Repeat

ROTATE = Operation(
    name="miners.password.rotate",
    summary="Give a miner a new password that this plane alone knows, proven by a log-in.",
    input=MinersPasswordRotateIn,
    output=MinersPasswordRotateOut,
    handler=passwords.password_rotate,
    targets=services.miner_targets,
    plan=passwords.rotate_plan,
    settle=passwords.rotate_settle,
    permission="miners.configure",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.KEYED,
    faces=EVERYWHERE,
    device=True,
    time_limit=20,
)

OPERATIONS = (ROTATE,)
