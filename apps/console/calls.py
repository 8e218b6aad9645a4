"""The console's way through the one door, and what it hands back for showing."""

from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.crypto import WrongKey
from apps.kernel.errors import Code, Failure
from apps.kernel.keyring import keyring
from apps.operations.call import Call
from apps.operations.catalogue import installed
from apps.operations.core import AnyOperation, Danger, Face
from apps.operations.door import invoke
from apps.operations.outcome import Outcome, Plan, Status
from apps.operations.parsing import read


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done, kept between form, plan and confirmation.

    `word` is what has to be typed before it is confirmed; empty where a press is enough.
    """

    operation: str
    input: dict[str, Any]
    key: str
    reason: str = ""
    word: str = ""

    def sealed(self) -> str:
        """As an opaque text for a hidden field: inputs may hold secrets."""
        plain = orjson.dumps([self.operation, self.input, self.key, self.reason, self.word])
        return keyring().seal(plain).decode()

    @classmethod
    def opened(cls, text: str) -> "Wish":
        """Reads a hidden field; raises `stale_plan` for what this plane did not seal."""
        try:
            operation, data, key, reason, word = orjson.loads(keyring().unseal(text.encode()))
        except (WrongKey, UnicodeEncodeError, ValueError):
            raise Failure(
                Code.STALE_PLAN, "This page is too old to confirm. Fill in the form again."
            ) from None
        return cls(operation, data, key, reason, word)


def call(
    request: HttpRequest,
    actor: Actor,
    wish: Wish,
    *,
    dry_run: bool = False,
    confirmation: str | None = None,
) -> Outcome:
    """Invoke an operation for the person in front of the page; raises its Failure."""
    outcome = invoke(
        Call(
            operation=wish.operation,
            input=wish.input,
            actor=actor,
            face=Face.CONSOLE,
            key=None if dry_run else wish.key,
            confirmation=confirmation,
            dry_run=dry_run,
            reason=wish.reason,
            request_id=str(request.META.get("controlplane.request_id", "")),
            trace_id=str(request.META.get("controlplane.trace_id", "")),
            client=request.headers.get("User-Agent", "")[:100],
            address=str(request.META.get("controlplane.address", "")),
        )
    )
    if outcome.status is Status.ERROR:
        raise Failure(Code(outcome.code or Code.INTERNAL), outcome.detail or "It failed.")
    return outcome


def operation_for(actor: Actor, name: str) -> AnyOperation:
    """An operation that `actor` may call here; else `not_found` in the usual words."""
    operation = installed().get(name)
    if Face.CONSOLE not in operation.faces or not actor.may(operation.permission):
        raise installed().unknown(name)
    return operation


def may_call(actor: Actor, name: str) -> bool:
    """Whether a button for the operation makes sense."""
    if name not in installed():
        return False
    operation = installed().get(name)
    return Face.CONSOLE in operation.faces and actor.may(operation.permission)


def may_here(actor: Actor, name: str, device: Device) -> bool:
    """Whether a button for the operation makes sense on one device."""
    if not may_call(actor, name):
        return False
    return actor.may_at(installed().get(name).permission, device.site_path, device.id)


def danger_of(actor: Actor, operation: AnyOperation, wish: Wish) -> Danger:
    """How dangerous exactly this call is: one that carries another is as dangerous as that."""
    return operation.danger_for(actor, read(operation.input, wish.input))


def word_to_type(danger: Danger, plan: Plan) -> str:
    """What must be typed before a destructive call or one on several: a name, or how many."""
    if len(plan.targets) == 1:
        return plan.targets[0].label if danger >= Danger.DESTRUCTIVE else ""
    return str(len(plan.targets)) if danger >= Danger.DISRUPTIVE else ""
