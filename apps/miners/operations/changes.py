"""Taking changes back."""

from apps.miners import services
from apps.miners.operations.faces import BY_HAND
from apps.miners.schemas.changes import MinersChangeUndoIn, MinersChangeUndoOut
from apps.miners.services import undo
from apps.operations.core import Danger, Operation, Repeat

UNDO = Operation(
    name="miners.change.undo",
    summary="Set back what one call changed on a miner, as it was kept before.",
    input=MinersChangeUndoIn,
    output=MinersChangeUndoOut,
    handler=undo.change_undo,
    targets=services.miner_targets,
    plan=undo.undo_plan,
    settle=undo.undo_settle,
    raised=undo.undo_danger,
    permission="miners.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.KEYED,
    faces=BY_HAND,
    device=True,
    time_limit=30,
)

OPERATIONS = (UNDO,)
