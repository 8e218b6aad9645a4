"""Users: people and the agents that act for them."""

from typing import Final
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from pydantic import Field, SecretStr

from apps.accounts.models import User, UserKind
from apps.accounts.selectors import login_name, tenant_of, user_named
from apps.accounts.services import user_create, user_reinstate, user_suspend
from apps.events.closing import close_streams
from apps.kernel.actor import Actor, Right
from apps.kernel.errors import Failure, conflict, invalid
from apps.operations.builtin.accounts.grants import role_of
from apps.operations.builtin.accounts.shared import (
    FACES,
    PERMISSION,
    SitePath,
    Username,
    about,
    require_person,
    require_rights,
    user_of,
    whole_tenant_by_person,
)
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Repeat, Schema, TargetRef

LONGEST_PASSWORD: Final = 200
LONGEST_NAME: Final = 150


class AccountsUserCreateIn(Schema):
    """A person, or with `acts_for` an agent. An account without a password logs in elsewhere.

    Who logs in types the name with the tenant's behind it (`ada@plant`); the answer says how.
    `role` is one of the product's roles, held at `site_path`.
    """

    username: Username = Field(description="Name of the account, unique in the tenant.")
    role: str = Field(max_length=50, description="Name of the role it gets.")
    site_path: SitePath = Field(
        default="/", description="Place where the role holds, with all under it."
    )
    password: SecretStr | None = Field(
        default=None,
        max_length=LONGEST_PASSWORD,
        description="Password; leave it out for an account that logs in elsewhere.",
    )
    acts_for: Username | None = Field(
        default=None, description="Name of the person an agent acts for; leave it out for a person."
    )


class AccountsUserSuspendIn(Schema):
    """Whose account."""

    user: Username = Field(description="Name of the account.")


class AccountsUserReinstateIn(Schema):
    """Whose account."""

    user: Username = Field(description="Name of the account.")


class AccountsUserOut(Schema):
    """An account as it stands now."""

    id: UUID = Field(description="Id of the account.")
    username: str = Field(description="Name of the account.")
    kind: str = Field(description="person or agent.")
    active: bool = Field(description="Whether it may log in and act.")
    acts_for: str | None = Field(description="Person an agent acts for; null for a person.")


def create_targets(actor: Actor, data: AccountsUserCreateIn) -> tuple[TargetRef, ...]:
    """The tenant's accounts; a new one may do no more than whoever makes it."""
    targets = whole_tenant_by_person(actor, data)
    if actor.may_everywhere(PERMISSION):
        role = role_of(actor, data.role)
        require_rights(actor, [Right(frozenset(role.permissions), data.site_path)])
        _person(actor, data.acts_for)
    return targets


def create(ctx: Context, data: AccountsUserCreateIn) -> AccountsUserOut:
    """Make an account."""
    role = role_of(ctx.actor, data.role)
    person = _person(ctx.actor, data.acts_for)
    name = _free_name(ctx.actor, data.username)
    _check_password(data)
    try:
        with transaction.atomic():
            user = user_create(
                tenant=tenant_of(ctx.actor),
                username=name,
                password=data.password.get_secret_value() if data.password else None,
                role=role,
                site_path=data.site_path,
                acts_for=person,
            )
    except IntegrityError:
        raise _taken(name) from None
    return view(user)


def _free_name(actor: Actor, wanted: str) -> str:
    """The login name of a new account; raises `conflict` when the tenant has it already."""
    name = login_name(tenant_of(actor), wanted)
    if len(name) > LONGEST_NAME:
        raise invalid("username", f"is too long as {name[:40]}…", allowed="fewer characters")
    if user_named(actor, wanted) is not None:
        raise _taken(wanted)
    return name


def _taken(name: str) -> Failure:
    return conflict(f"The name {name!r} is taken; choose another one.")


def _person(actor: Actor, username: str | None) -> User | None:
    if username is None:
        return None
    person = user_of(actor, username)
    if person.kind != UserKind.PERSON:
        raise invalid("acts_for", "names an agent.", allowed="the name of a person")
    return person


def _check_password(data: AccountsUserCreateIn) -> None:
    if data.password is None:
        return
    if data.acts_for is not None:
        raise invalid("password", "agents use API keys, not passwords.", allowed="leave it out")
    try:
        validate_password(data.password.get_secret_value(), User(username=data.username))
    except ValidationError as error:
        raise invalid("password", " ".join(error.messages)) from None


def targets(
    actor: Actor, data: AccountsUserSuspendIn | AccountsUserReinstateIn
) -> tuple[TargetRef, ...]:
    """The account itself."""
    require_person(actor)
    return about(user_of(actor, data.user))


def suspend(ctx: Context, data: AccountsUserSuspendIn) -> AccountsUserOut:
    """Shut an account out; its own administrator keeps theirs, so that one always stays."""
    user = user_of(ctx.actor, data.user)
    if user.id == ctx.actor.person_id:
        raise conflict("You cannot suspend your own account; ask another administrator.")
    user_suspend(user)
    transaction.on_commit(lambda: close_streams(user.id, "The account was suspended."))
    user.refresh_from_db()
    return view(user)


def reinstate(ctx: Context, data: AccountsUserReinstateIn) -> AccountsUserOut:
    """Let an account in again, also one that wrong passwords locked."""
    user = user_of(ctx.actor, data.user)
    user_reinstate(user)
    user.refresh_from_db()
    return view(user)


def view(user: User) -> AccountsUserOut:
    """A row as callers see it."""
    return AccountsUserOut(
        id=user.id,
        username=user.username,
        kind=user.kind,
        active=user.is_active,
        acts_for=user.acts_for.username if user.acts_for else None,
    )


OPERATIONS = (
    Operation(
        name="accounts.user.create",
        summary="Make an account for a person, or for an agent that acts for one.",
        input=AccountsUserCreateIn,
        output=AccountsUserOut,
        handler=create,
        targets=create_targets,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NEVER,
        faces=FACES,
    ),
    Operation(
        name="accounts.user.suspend",
        summary="Shut an account, its keys and its agents out at once.",
        input=AccountsUserSuspendIn,
        output=AccountsUserOut,
        handler=suspend,
        targets=targets,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES | {Face.ADMIN},
    ),
    Operation(
        name="accounts.user.reinstate",
        summary="Let a suspended or locked account in again.",
        input=AccountsUserReinstateIn,
        output=AccountsUserOut,
        handler=reinstate,
        targets=targets,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES | {Face.ADMIN},
    ),
)
