"""Operations on a miner's advanced settings, which firmware before 26.05 does not have."""

from apps.miners import services
from apps.miners.operations.faces import BY_HAND, EVERYWHERE
from apps.miners.schemas.advanced import (
    MinersSettingsListIn,
    MinersSettingsListOut,
    MinersSettingsSetIn,
    MinersSettingsSetOut,
)
from apps.miners.services import advanced
from apps.operations.core import Danger, Operation, Repeat

LIST = Operation(
    name="miners.settings.list",
    summary="List a miner's advanced settings: their values, defaults and what they take.",
    input=MinersSettingsListIn,
    output=MinersSettingsListOut,
    handler=advanced.settings_list,
    targets=services.miner_targets,
    permission="miners.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
)
SET = Operation(
    name="miners.settings.set",
    summary="Set advanced settings of a miner within the schema it tells; all are taken or none.",
    input=MinersSettingsSetIn,
    output=MinersSettingsSetOut,
    handler=advanced.settings_set,
    targets=services.miner_targets,
    plan=advanced.settings_plan,
    settle=advanced.settings_settle,
    reverse=advanced.settings_reverse,
    permission="miners.configure",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.NATURAL,
    faces=EVERYWHERE,
    device=True,
    time_limit=20,
)

OPERATIONS = (LIST, SET)
