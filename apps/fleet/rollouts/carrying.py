"""The call that a rollout makes for one device: its input, whose rights it has, its plan."""

from typing import Any, Final

import orjson

from apps.fleet.models.rollout import Member, Rollout
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, invalid
from apps.kernel.keyring import keyring
from apps.operations.actors import actor_now
from apps.operations.call import Call
from apps.operations.catalogue import installed
from apps.operations.core import AnyOperation, Face

#: The field of an operation's input that names its one device.
DEVICE: Final = "device"


def carriable(name: str, face: Face) -> AnyOperation:
    """The operation by name; raises `invalid` where it cannot be rolled out."""
    operation = installed().get(name)
    fits = operation.device and operation.changes and DEVICE in operation.input.model_fields
    if not fits or face not in operation.faces:
        raise invalid(
            "operation",
            f"{operation.name} cannot be rolled out.",
            allowed="an operation that changes one device, named by its field 'device'",
        )
    return operation


def sealed(raw: dict[str, Any]) -> bytes:
    """The common input, for the row."""
    return keyring().seal(orjson.dumps(raw))


def input_of(rollout: Rollout, member: Member) -> dict[str, Any]:
    """The whole input for one device."""
    common: dict[str, Any] = orjson.loads(keyring().unseal(bytes(rollout.sealed_input)))
    return {**common, **member.overrides, DEVICE: str(member.device_id)}


def call_for(rollout: Rollout, member: Member, actor: Actor, face: Face) -> Call:
    """The call for one device; its key is new for each attempt and the same for each try of it."""
    return Call(
        operation=rollout.operation,
        input=input_of(rollout, member),
        actor=actor,
        face=face,
        key=f"rollout:{member.id}:{member.attempt + 1}",
        reason=(rollout.reason or f"rollout {rollout.name}")[:500],
        request_id=rollout.request_id,
        trace_id=rollout.trace_id,
    )


def starter(rollout: Rollout) -> Actor:
    """Whoever started it, with the rights of now; raises `forbidden` when there are none."""
    actor = actor_now(rollout.starter or {}, rollout.tenant_id) if rollout.starter else None
    operation = installed().get(rollout.operation)
    if actor is None or not actor.may(operation.permission):
        raise Failure(
            Code.FORBIDDEN,
            "Whoever started this rollout may not do it any more; somebody else has to start "
            "a new one for the devices that are left.",
        )
    return actor
