"""Operations on control policies and emergency locks."""

from typing import Any

from apps.operations.core import Danger, Operation, Repeat
from apps.qsys.operations.faces import BY_HAND, TIMED
from apps.qsys.schemas.policies import (
    QsysLockClearIn,
    QsysLockClearOut,
    QsysLockSetIn,
    QsysLockSetOut,
    QsysPolicyDeleteIn,
    QsysPolicyDeleteOut,
    QsysPolicySaveIn,
    QsysPolicySaveOut,
)
from apps.qsys.services import policies

POLICY_SAVE = Operation(
    name="qsys.policy.save",
    summary="Make or change a policy: which controls may be set how far, when, and by whom.",
    input=QsysPolicySaveIn,
    output=QsysPolicySaveOut,
    handler=policies.policy_save,
    targets=policies.place_targets,
    permission="qsys.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)
POLICY_DELETE = Operation(
    name="qsys.policy.delete",
    summary="Delete a policy, so that it binds nobody any more.",
    input=QsysPolicyDeleteIn,
    output=QsysPolicyDeleteOut,
    handler=policies.policy_delete,
    targets=policies.policy_targets,
    permission="qsys.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NEVER,
    faces=BY_HAND,
)
LOCK_SET = Operation(
    name="qsys.lock.set",
    summary="Lock Cores in an emergency: nobody writes to them but holders of one permission.",
    input=QsysLockSetIn,
    output=QsysLockSetOut,
    handler=policies.lock_set,
    targets=policies.place_targets,
    permission="qsys.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=TIMED,
)
LOCK_CLEAR = Operation(
    name="qsys.lock.clear",
    summary="End an emergency lock, so that Cores may be written to again.",
    input=QsysLockClearIn,
    output=QsysLockClearOut,
    handler=policies.lock_clear,
    targets=policies.lock_targets,
    permission="qsys.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NEVER,
    faces=BY_HAND,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (POLICY_SAVE, POLICY_DELETE, LOCK_SET, LOCK_CLEAR)
