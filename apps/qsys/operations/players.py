"""Operations on the loop players of a Core."""

from typing import Any

from apps.operations.core import Danger, Operation, Repeat
from apps.qsys import policies
from apps.qsys.operations.faces import TIMED
from apps.qsys.schemas.players import (
    QsysPlayerStartIn,
    QsysPlayerStartOut,
    QsysPlayerStopIn,
    QsysPlayerStopOut,
)
from apps.qsys.services import cores, players

PLAYER_START = Operation(
    name="qsys.player.start",
    summary="Play audio files on outputs of a loop player, now or at a second of the day.",
    input=QsysPlayerStartIn,
    output=QsysPlayerStartOut,
    handler=players.player_start,
    targets=cores.core_targets,
    plan=players.player_start_plan,
    settle=players.player_settle,
    raised=policies.raised(players.player_start_writes),
    permission="qsys.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NEVER,
    faces=TIMED,
    device=True,
)
PLAYER_STOP = Operation(
    name="qsys.player.stop",
    summary="Stop what a loop player plays on some outputs, or drop what waits there.",
    input=QsysPlayerStopIn,
    output=QsysPlayerStopOut,
    handler=players.player_stop,
    targets=cores.core_targets,
    plan=players.player_stop_plan,
    settle=players.player_settle,
    raised=policies.raised(players.player_stop_writes),
    permission="qsys.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=TIMED,
    device=True,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (PLAYER_START, PLAYER_STOP)
