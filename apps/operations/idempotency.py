"""Claims: a call that changes something is done once, and its answer can be had again."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from apps.kernel import clock
from apps.kernel.errors import Code, Failure, FieldError, conflict
from apps.kernel.keyring import keyring, reseal
from apps.kernel.redact import revealed
from apps.kernel.rows import insert_if_new
from apps.operations.actors import reference_of
from apps.operations.admitted import Admitted
from apps.operations.models import IdempotencyKey
from apps.operations.outcome import Outcome

KEPT: Final = timedelta(hours=24)


def replay(admitted: Admitted) -> Outcome | None:
    """The stored answer to the same key and body; None when the key is new.

    Raises `key_reused` for another body, `conflict` while the first call runs, and
    `indeterminate` when its verdict was lost.
    """
    call, operation = admitted.call, admitted.operation
    if call.key is None or call.dry_run or not operation.changes:
        return None
    row = IdempotencyKey.objects.filter(
        actor_id=call.actor.id, operation=operation.name, key=call.key
    ).first()
    if row is None:
        return None
    if row.body != admitted.body:
        raise Failure(
            Code.KEY_REUSED,
            f"The key {call.key[:40]!r} was used for another {operation.name}; take a new one.",
        )
    if row.reply is not None:
        return restored(row.reply)
    if row.lost or row.deadline <= clock.now():
        raise lost_verdict(row.call_id)
    raise conflict(f"The same call is still running as {row.call_id}; ask again in a moment.")


def is_claimed(admitted: Admitted) -> bool:
    """Whether the call leaves a claim: to be replayed, used up, or settled later.

    A keyless change of the database alone is done or undone with its transaction.
    """
    call, operation = admitted.call, admitted.operation
    return operation.device or call.key is not None or admitted.confirmation_id is not None


def claim(admitted: Admitted, intent_id: UUID, *, seconds: float) -> IdempotencyKey:
    """Take the key (or the call's id) and the confirmation; whoever comes second is refused."""
    call = admitted.call
    row = IdempotencyKey(
        call_id=call.id,
        tenant_id=call.actor.tenant_id,
        actor_id=call.actor.id,
        operation=admitted.operation.name,
        key=call.key or str(call.id),
        body=admitted.body,
        confirmation_id=admitted.confirmation_id,
        intent_id=intent_id,
        face=call.face,
        request_id=call.request_id,
        actor=reference_of(call.actor),
        sealed_input=_kept_input(admitted),
        deadline=clock.now() + timedelta(seconds=seconds),
    )
    if not insert_if_new(row):
        raise _second(row)
    return row


def _kept_input(admitted: Admitted) -> bytes:
    """Only what may have to be settled later is kept, sealed."""
    if not admitted.operation.device:
        return b""
    return keyring().seal(revealed(admitted.data))


class KeyTaken(Failure):
    """A parallel call with the same key came first."""


def _second(row: IdempotencyKey) -> Failure:
    used = IdempotencyKey.objects.filter(confirmation_id=row.confirmation_id)
    if row.confirmation_id is not None and used.exists():
        return Failure(Code.STALE_PLAN, "This confirmation was used already; make a new plan.")
    return KeyTaken(Code.CONFLICT, f"The key {row.key[:40]!r} is being used by a call right now.")


def store(call_id: UUID, reply: Outcome | Failure) -> None:
    """Keep the answer for repetitions."""
    IdempotencyKey.objects.filter(call_id=call_id).update(reply=stored(reply), lost=False)


def free(call_id: UUID) -> None:
    """Give the key back: nothing was done, the same call may be repeated."""
    IdempotencyKey.objects.filter(call_id=call_id, reply__isnull=True).delete()


def stored(reply: Outcome | Failure) -> dict[str, Any]:
    """A reply as it lies in the row."""
    if isinstance(reply, Outcome):
        return {"outcome": reply.body()}
    return {
        "failure": {
            "code": reply.code.value,
            "detail": reply.detail,
            "errors": [[error.path, error.message, error.allowed] for error in reply.errors],
        }
    }


def restored(reply: dict[str, Any]) -> Outcome:
    """The stored outcome, marked as replayed; raises the stored failure."""
    if "failure" in reply:
        failure = reply["failure"]
        raise Failure(
            Code(failure["code"]),
            failure["detail"],
            errors=[FieldError(*error) for error in failure["errors"]],
        )
    return Outcome.model_validate(reply["outcome"]).model_copy(update={"replayed": True})


def lost_verdict(call_id: UUID) -> Failure:
    """What a caller hears whose request left and whose answer did not come."""
    return Failure(
        Code.INDETERMINATE,
        "The request was sent and no verdict came back. The device is being asked what is "
        f"true; repeat with the same key, or see the audit entries of call {call_id}.",
    )


def inputs_rotate() -> int:
    """Seal the inputs of claims that may have to be settled under the newest key."""
    return reseal(IdempotencyKey.objects.filter(reply__isnull=True), "sealed_input")


def expired_drop() -> int:
    """Delete answered claims older than a day; how many there were."""
    rows = IdempotencyKey.objects.filter(created_at__lt=clock.now() - KEPT, reply__isnull=False)
    return rows.delete()[0]
