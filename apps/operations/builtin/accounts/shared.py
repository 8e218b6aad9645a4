"""What every operation on accounts asks first: who may, and whose account it is."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

from pydantic import Field

from apps.accounts.models import User
from apps.accounts.selectors import user_named, usernames
from apps.kernel.actor import Actor, ActorKind, Right
from apps.kernel.errors import Code, Failure, nearest, not_found
from apps.kernel.permissions import DANGEROUS_SCOPES, scope_permissions
from apps.operations.core import Face, TargetRef

PERMISSION: Final = "accounts.administer"
#: Largest budget of an agent: no limit but its rate.
MOST_AN_HOUR: Final = 1_000_000
#: Assistants and schedules do not hand out rights.
FACES: Final = frozenset({Face.REST, Face.CONSOLE})

Username = Annotated[str, Field(min_length=1, max_length=150, pattern=r"^[\w.@+-]+$")]
#: The root, or slugs with a slash at both ends.
SitePath = Annotated[str, Field(max_length=300, pattern=r"^/([a-z0-9_-]+/)*$")]


def whole_tenant(actor: Actor, data: Any) -> tuple[TargetRef, ...]:
    """Accounts belong to no site: their right has to be held on the whole tenant."""
    return (TargetRef("tenant", actor.tenant, "accounts"),)


def whole_tenant_by_person(actor: Actor, data: Any) -> tuple[TargetRef, ...]:
    """The same for changes, which agents may not ask for."""
    require_person(actor)
    return whole_tenant(actor, data)


def require_person(actor: Actor) -> None:
    """Rights are handed out by people; raises `forbidden` for agents."""
    if actor.kind not in (ActorKind.USER, ActorKind.KEY):
        raise Failure(Code.FORBIDDEN, "Only a person may change accounts.")


def require_rights(actor: Actor, rights: Iterable[Right]) -> None:
    """Nobody hands out what they do not hold; raises `forbidden` with what is missing."""
    for right in rights:
        for permission in sorted(right.permissions):
            places = [actor.may_at(permission, "/", device) for device in right.devices]
            if right.path is not None:
                places.append(actor.may_at(permission, right.path))
            if not all(places):
                raise _beyond(permission)


def require_scopes(actor: Actor, scopes: Iterable[str] | None) -> None:
    """A credential makes no other that reaches further than itself."""
    if actor.scopes is None:
        return
    wanted = set(scopes) if scopes is not None else {"admin"}
    for permission in sorted(scope_permissions(wanted)):
        if not actor.in_scope(permission):
            raise _beyond(permission)
    if wanted & DANGEROUS_SCOPES and not actor.in_dangerous_scope():
        raise _beyond("fleet:dangerous")


def _beyond(what: str) -> Failure:
    return Failure(Code.FORBIDDEN, f"You do not hold {what} yourself, so you cannot give it.")


def user_of(actor: Actor, username: str) -> User:
    """A user of the tenant; raises `not_found`, with the nearest name for whoever sees them."""
    if not actor.may_everywhere(PERMISSION):
        raise not_found("user", username)
    user = user_named(actor, username)
    if user is None:
        raise not_found("user", username, guess=nearest(username, usernames(actor)))
    return user


def about(user: User) -> tuple[TargetRef, ...]:
    """A user as the object of an act."""
    return (TargetRef("user", user.id, user.username),)
