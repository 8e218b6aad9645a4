"""Operations on callers' change groups.

They are reads: a group is its caller's own list of what to look at. No Core, row or other caller
is changed by it, so whoever may look may keep one, and no evidence is left of it.
"""

from typing import Any, Final

from apps.operations.core import Danger, Operation, Repeat
from apps.qsys.operations.faces import BY_HAND
from apps.qsys.schemas import groups as schemas
from apps.qsys.services import cores
from apps.qsys.services.groups import members, polling

_READ: Final[dict[str, Any]] = {
    "permission": "qsys.view",
    "danger": Danger.READ,
    "repeat": Repeat.NATURAL,
    "faces": BY_HAND,
}
GROUP_CREATE = Operation(
    name="qsys.group.create",
    aliases=("create_change_group",),
    summary="Make a change group of your own: controls of a Core whose changes you will poll.",
    input=schemas.QsysGroupCreateIn,
    output=schemas.QsysGroupOut,
    handler=members.group_create,
    targets=cores.core_targets,
    **_READ,
)
GROUP_ADD = Operation(
    name="qsys.group.add",
    aliases=("add_controls_to_change_group",),
    summary="Add controls to a change group of yours.",
    input=schemas.QsysGroupMembersIn,
    output=schemas.QsysGroupOut,
    handler=members.group_add,
    targets=members.group_targets,
    **_READ,
)
GROUP_REMOVE = Operation(
    name="qsys.group.remove",
    aliases=("remove_controls_from_change_group",),
    summary="Take controls out of a change group of yours.",
    input=schemas.QsysGroupMembersIn,
    output=schemas.QsysGroupOut,
    handler=members.group_remove,
    targets=members.group_targets,
    **_READ,
)
GROUP_CLEAR = Operation(
    name="qsys.group.clear",
    aliases=("clear_change_group",),
    summary="Take all controls out of a change group of yours, and keep the group.",
    input=schemas.QsysGroupIn,
    output=schemas.QsysGroupOut,
    handler=members.group_clear,
    targets=members.group_targets,
    **_READ,
)
GROUP_DESTROY = Operation(
    name="qsys.group.destroy",
    aliases=("destroy_change_group",),
    summary="End a change group of yours.",
    input=schemas.QsysGroupIn,
    output=schemas.QsysGroupDestroyOut,
    handler=members.group_destroy,
    **_READ,
)
GROUP_LIST = Operation(
    name="qsys.group.list",
    aliases=("list_change_groups",),
    summary="List your change groups.",
    input=schemas.QsysGroupListIn,
    output=schemas.QsysGroupListOut,
    handler=members.group_list,
    **_READ,
)
GROUP_POLL = Operation(
    name="qsys.group.poll",
    aliases=("poll_change_group",),
    summary="Tell what changed in a change group of yours since you last polled it.",
    input=schemas.QsysGroupPollIn,
    output=schemas.QsysGroupPollOut,
    handler=polling.group_poll,
    targets=members.group_targets,
    device=True,
    **_READ,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    GROUP_CREATE,
    GROUP_ADD,
    GROUP_REMOVE,
    GROUP_CLEAR,
    GROUP_DESTROY,
    GROUP_LIST,
    GROUP_POLL,
)
