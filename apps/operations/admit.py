"""The first room behind the door: may this call be, and is all it needs there?"""

from typing import Final

from pydantic import BaseModel

from apps.audit.services import denied
from apps.kernel.actor import ActorKind
from apps.kernel.errors import Code, Failure, invalid, not_found
from apps.operations import budgets, confirm, idempotency, limits
from apps.operations.admitted import Admitted, act_of
from apps.operations.call import KEY_LONGEST, Call
from apps.operations.catalogue import installed
from apps.operations.core import AnyOperation, Danger, Face, Repeat, TargetRef, weight_of
from apps.operations.outcome import Outcome
from apps.operations.parsing import read

#: Operations that may be called without a credential, where the setting of the face allows it.
ANONYMOUS: Final = frozenset({"system.ping", "system.health"})


def admit(call: Call) -> Admitted | Outcome:
    """Find, authorise, parse, reach, charge, replay, gate. A stopped agent gets no further
    than its right.

    Returns an `Outcome` when the call ends here (a replayed reply, a plan). Raises the
    Failure of whatever stands in the way; nothing has changed then but the audit trail.
    """
    operation = find(call)
    authorise(operation, call)
    require_running(operation, call)
    data = read(operation.input, call.input)
    targets = reach(operation, call, data)
    danger = operation.danger_for(call.actor, data)
    admitted = Admitted(operation, call, data, targets, danger)
    require_scope(operation, call, admitted.danger)
    charge(admitted)
    require_key(operation, call)
    return idempotency.replay(admitted) or pass_gate(admitted)


def find(call: Call) -> AnyOperation:
    """The operation, if it can be reached through this face at all."""
    operation = installed().get(call.operation)
    if call.face not in operation.faces:
        raise installed().unknown(call.operation)
    return operation


def authorise(operation: AnyOperation, call: Call) -> None:
    """Face, scope and permission; what is refused is written down."""
    actor = call.actor
    if actor.kind is ActorKind.ANONYMOUS:
        if operation.name in ANONYMOUS:
            return
        raise Failure(Code.UNAUTHENTICATED, "Send an API key as 'X-API-Key: cp_…'.")
    if not actor.may(operation.permission):
        raise refuse(
            call,
            operation,
            Failure(
                Code.FORBIDDEN,
                f"This needs the permission {operation.permission}. "
                "An administrator of your tenant may grant it.",
            ),
        )
    require_scope(operation, call, operation.danger)


def require_scope(operation: AnyOperation, call: Call, danger: Danger) -> None:
    """From DISRUPTIVE up a credential needs a scope of its own."""
    if danger >= Danger.DISRUPTIVE and not call.actor.in_dangerous_scope():
        raise refuse(
            call,
            operation,
            Failure(
                Code.FORBIDDEN,
                "Disruptive operations need the scope fleet:dangerous, which this credential "
                "lacks. An administrator may issue one that has it.",
            ),
        )


def require_running(operation: AnyOperation, call: Call) -> None:
    """An agent that somebody stopped does nothing; that it tried is written down."""
    try:
        budgets.require_running(call.actor)
    except Failure as failure:
        raise refuse(call, operation, failure) from None


def reach(operation: AnyOperation, call: Call, data: BaseModel) -> tuple[TargetRef, ...]:
    """The call's targets; one that is not the actor's is not found, and that is written down."""
    if operation.targets is None:
        return ()
    try:
        targets = operation.targets(call.actor, data)
    except Failure as failure:
        if failure.code in (Code.NOT_FOUND, Code.FORBIDDEN):
            raise refuse(call, operation, failure) from None
        raise
    for target in targets:
        if not call.actor.may_at(operation.permission, target.site_path, target.device_id):
            raise refuse(call, operation, not_found(target.kind, target.id))
    return targets


def charge(admitted: Admitted) -> None:
    """Ask the limiter, unless the face already did, and the budget of an agent. A call that
    only plans costs one, and touches nothing."""
    call, danger = admitted.call, admitted.danger
    if call.receipt is not None or call.actor.kind is ActorKind.ANONYMOUS:
        return
    plans = call.dry_run or (call.confirmation is None and confirm.is_gated(admitted))
    dangerous = danger >= Danger.DISRUPTIVE
    limits.spend(call.actor, 1 if plans else weight_of(danger), dangerous=dangerous)
    touches = admitted.operation.changes and not plans
    touched = {one.device_id for one in admitted.targets if touches and one.device_id}
    budgets.spend(call.actor, touched, dangerous=dangerous)


def require_key(operation: AnyOperation, call: Call) -> None:
    """An idempotency key of the right form, where one is needed."""
    if call.key is not None and not 1 <= len(call.key) <= KEY_LONGEST:
        raise invalid("idempotency_key", f"has 1 to {KEY_LONGEST} characters.")
    needed = operation.repeat is Repeat.KEYED and not call.dry_run and call.face is not Face.CONSOLE
    if needed and call.key is None:
        raise invalid(
            "idempotency_key",
            f"{operation.name} needs one, so that a repeated call is not done twice.",
            allowed="any text of your own that is new for each intended action",
        )


def pass_gate(admitted: Admitted) -> Admitted | Outcome:
    """The gate; who confirmed a plan that is no longer true meant to act: that is written down."""
    try:
        return confirm.gate(admitted)
    except Failure as failure:
        if admitted.call.confirmation is not None:
            denied(admitted.act(), verdict=failure.code, detail=failure.detail)
        raise


def refuse(call: Call, operation: AnyOperation, failure: Failure) -> Failure:
    """Write the refused attempt down; gives the failure back for raising."""
    denied(act_of(call, operation.name), verdict=failure.code, detail=failure.detail)
    return failure
