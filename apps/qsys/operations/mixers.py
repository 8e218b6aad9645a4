"""Operations on the mixers of a Core."""

from typing import Any

from apps.operations.core import Danger, Operation, Repeat
from apps.qsys import policies
from apps.qsys.operations.faces import TIMED
from apps.qsys.schemas.mixers import QsysMixerSetIn, QsysMixerSetOut
from apps.qsys.services import cores, mixers

MIXER_SET = Operation(
    name="qsys.mixer.set",
    summary="Set gain, mute, solo or delay of many mixer channels at once, and read them back.",
    input=QsysMixerSetIn,
    output=QsysMixerSetOut,
    handler=mixers.mixer_set,
    targets=cores.core_targets,
    plan=mixers.mixer_set_plan,
    settle=mixers.mixer_set_settle,
    raised=policies.raised(mixers.mixer_set_writes),
    permission="qsys.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=TIMED,
    device=True,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (MIXER_SET,)
