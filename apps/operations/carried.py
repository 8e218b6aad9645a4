"""A call that carries another one (a schedule, a retry) is held to what the carried one needs.

The carrying operation names the carried danger (`raised`), targets and plan, so that the one
gate asks for the confirmation and the second person that the carried call would have needed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, FieldError
from apps.operations.admit import authorise, find, reach
from apps.operations.admitted import Admitted
from apps.operations.call import Call
from apps.operations.catalogue import installed
from apps.operations.confirm import plan_of
from apps.operations.core import Danger, Face
from apps.operations.outcome import Plan
from apps.operations.parsing import read


def carried_call(actor: Actor, operation: str, raw: Mapping[str, Any], face: Face) -> Call:
    """The carried call, in the name of whoever makes the carrying one."""
    return Call(operation=operation, input=raw, actor=actor, face=face)


def admitted(call: Call) -> Admitted:
    """The carried call, authorised, parsed and with its targets in reach.

    It is neither charged nor gated: the carrying call is. Wrong fields are named as they stand
    in the carrying input.
    """
    operation = find(call)
    authorise(operation, call)
    try:
        data = read(operation.input, call.input)
    except Failure as failure:
        raise _as_part(failure) from None
    targets = reach(operation, call, data)
    return Admitted(operation, call, data, targets, operation.danger)


def _as_part(failure: Failure) -> Failure:
    errors = [
        FieldError(f"input.{error.path}", error.message, error.allowed) for error in failure.errors
    ]
    return Failure(Code.INVALID, f"input.{failure.detail}", errors=errors)


def danger_of(operation: str) -> Danger:
    """The danger of an operation by name; raises `not_found`."""
    return installed().get(operation).danger


def plan(call: Call) -> Plan:
    """What the carried call would do now; empty where nothing could be planned."""
    return plan_of(admitted(call))


def with_reason(call: Call, carrying: Call) -> Call:
    """The carried call with the trace of the one that carries it."""
    return replace(
        call,
        reason=carrying.reason,
        request_id=carrying.request_id,
        trace_id=carrying.trace_id,
        client=carrying.client,
        address=carrying.address,
    )
