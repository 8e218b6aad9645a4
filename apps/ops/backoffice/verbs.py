"""What can be done from a list of rows: each is an operation, called through the one door."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.selectors import actor_of
from apps.kernel.actor import Actor
from apps.kernel.crypto import WrongKey
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.kernel.keyring import keyring
from apps.operations.call import Call
from apps.operations.catalogue import installed
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.outcome import Outcome, Status

#: First word of every sealed list of wishes; the keyring seals other things too.
SEALED: Final = "backoffice"

Row = Model
Inputs = Callable[[list[Any]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Verb:
    """One action of a list. `inputs` makes the operation's inputs of the chosen rows."""

    name: str
    title: str
    operation: str
    inputs: Inputs


def each(field: str, attribute: str = "id") -> Inputs:
    """One call a row, which it names in `field`."""
    return lambda rows: [{field: str(getattr(row, attribute))} for row in rows]


def together(field: str) -> Inputs:
    """One call for all rows, listed in `field`."""
    return lambda rows: [{field: [str(row.pk) for row in rows]}]


@dataclass(frozen=True, slots=True)
class Wish:
    """One call on its way from the list, over its plan, to its confirmation."""

    operation: str
    input: dict[str, Any]
    key: str
    confirmation: str | None = None


def wishes_of(verb: Verb, rows: Iterable[Row]) -> list[Wish]:
    """The calls that a verb makes of rows."""
    inputs = verb.inputs(list(rows))
    return [Wish(verb.operation, data, str(new_id())) for data in inputs]


def sealed(wishes: list[Wish], user: User) -> str:
    """Wishes as an opaque text for a hidden field, good for one person and a short time."""
    plain = [[wish.operation, wish.input, wish.key, wish.confirmation] for wish in wishes]
    return keyring().seal(orjson.dumps([SEALED, str(user.pk), plain])).decode()


def opened(text: str, user: User) -> list[Wish]:
    """Reads a hidden field; raises `stale_plan` for what was not sealed here for this person."""
    try:
        plain = keyring().unseal(text.encode(), max_age=settings.CONFIG.confirmation_seconds)
    except (WrongKey, UnicodeEncodeError):
        raise stale() from None
    raw = orjson.loads(plain)
    if not isinstance(raw, list) or raw[:2] != [SEALED, str(user.pk)]:
        raise stale()
    return [Wish(*item) for item in raw[2]]


def stale() -> Failure:
    """The failure of a page that cannot be confirmed any more."""
    return Failure(Code.STALE_PLAN, "This page is too old to confirm. Choose the rows again.")


def may(actor: Actor, verb: Verb) -> bool:
    """Whether the action makes sense for `actor`; the door decides in the end."""
    if verb.operation not in installed():
        return False
    operation = installed().get(verb.operation)
    return Face.ADMIN in operation.faces and actor.may(operation.permission)


def person(request: HttpRequest) -> User:
    """Who is in the back office; the site lets nobody else in."""
    if not isinstance(request.user, User):
        raise Failure(Code.UNAUTHENTICATED, "Log in first.")
    return request.user


def call(request: HttpRequest, wish: Wish, reason: str) -> Outcome:
    """Make one call in the person's name, under the rights of their grants; raises its Failure.

    Being a superuser opens the back office and nothing behind it.
    """
    meta = request.META
    outcome = invoke(
        Call(
            operation=wish.operation,
            input=wish.input,
            actor=actor_of(person(request)),
            face=Face.ADMIN,
            key=wish.key,
            confirmation=wish.confirmation,
            reason=reason,
            request_id=str(meta.get("controlplane.request_id", "")),
            trace_id=str(meta.get("controlplane.trace_id", "")),
            client=request.headers.get("User-Agent", "")[:100],
            address=str(meta.get("controlplane.address", "")),
        )
    )
    if outcome.status is Status.ERROR:
        raise Failure(Code(outcome.code or Code.INTERNAL), outcome.detail or "It failed.")
    return outcome
