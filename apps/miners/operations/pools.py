"""Operations on mining pools and their templates."""

from apps.miners import services
from apps.miners.operations.faces import BY_HAND, EVERYWHERE
from apps.miners.schemas.pools import (
    MinersPoolsGetIn,
    MinersPoolsGetOut,
    MinersPoolsSetIn,
    MinersPoolsSetOut,
    MinersTemplateDeleteIn,
    MinersTemplateDeleteOut,
    MinersTemplateListIn,
    MinersTemplateListOut,
    MinersTemplateSaveIn,
    MinersTemplateSaveOut,
)
from apps.miners.services import pools, templates
from apps.operations.core import Danger, Face, Operation, Repeat

GET = Operation(
    name="miners.pools.get",
    summary="Ask a miner how its pools do: alive, active, shares.",
    input=MinersPoolsGetIn,
    output=MinersPoolsGetOut,
    handler=pools.pools_get,
    targets=services.miner_targets,
    permission="miners.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
)
SET = Operation(
    name="miners.pools.set",
    aliases=("update_pool_config",),
    summary="Replace a miner's pools by a template or written out, and see that work comes.",
    input=MinersPoolsSetIn,
    output=MinersPoolsSetOut,
    handler=pools.pools_set,
    targets=services.miner_targets,
    plan=pools.pools_plan,
    settle=pools.pools_settle,
    reverse=pools.pools_reverse,
    permission="miners.configure",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.NATURAL,
    faces=EVERYWHERE,
    device=True,
    time_limit=30,
)
TEMPLATE_SAVE = Operation(
    name="miners.template.save",
    summary="Keep pools under a name, with variables for the worker's name.",
    input=MinersTemplateSaveIn,
    output=MinersTemplateSaveOut,
    handler=templates.template_save,
    targets=templates.template_targets,
    permission="miners.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=frozenset({Face.REST, Face.CONSOLE}),
)
TEMPLATE_DELETE = Operation(
    name="miners.template.delete",
    summary="Forget a template of pools; miners keep the pools they have.",
    input=MinersTemplateDeleteIn,
    output=MinersTemplateDeleteOut,
    handler=templates.template_delete,
    targets=templates.template_targets,
    permission="miners.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=frozenset({Face.REST, Face.CONSOLE}),
)
TEMPLATE_LIST = Operation(
    name="miners.template.list",
    summary="List the templates of pools, without passwords.",
    input=MinersTemplateListIn,
    output=MinersTemplateListOut,
    handler=templates.template_list,
    permission="miners.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)

OPERATIONS = (GET, SET, TEMPLATE_SAVE, TEMPLATE_DELETE, TEMPLATE_LIST)
