"""API keys: made (their secret is told once), revoked, listed."""

import ipaddress
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db import transaction
from pydantic import AfterValidator, AwareDatetime, Field

from apps.accounts.models import ApiKey
from apps.accounts.selectors import api_keys, rights_of
from apps.accounts.services import key_issue, key_revoke
from apps.events.closing import close_streams
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict, invalid, nearest, not_found
from apps.kernel.permissions import SCOPE_GROUPS, is_permission
from apps.kernel.redact import ShownOnce
from apps.operations.builtin.accounts.shared import (
    FACES,
    PERMISSION,
    Username,
    about,
    require_person,
    require_rights,
    require_scopes,
    user_of,
    whole_tenant,
)
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Repeat, Schema, TargetRef


def _known_scope(scope: str) -> str:
    if scope in SCOPE_GROUPS or is_permission(scope):
        return scope
    guess = nearest(scope, SCOPE_GROUPS)
    hint = f" Did you mean {guess!r}?" if guess else ""
    raise ValueError(f"{scope[:60]!r} is neither a scope group nor a permission.{hint}")


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text, strict=False))


Scope = Annotated[str, Field(max_length=60), AfterValidator(_known_scope)]
Network = Annotated[str, Field(max_length=45), AfterValidator(_network)]


class AccountsKeyCreateIn(Schema):
    """Whose key, and how far it reaches. `scopes` left out means all that its user may.

    `networks` are address ranges (CIDR) it may be used from; none means from anywhere.
    """

    user: Username = Field(description="Name of the account that the key speaks for.")
    name: str = Field(
        min_length=1, max_length=100, description="What the key is for, as lists show it."
    )
    scopes: list[Scope] | None = Field(
        default=None, description="How far it reaches; leave it out for all that its user may."
    )
    networks: list[Network] = Field(
        default=[],
        max_length=20,
        description="Address ranges (CIDR) it may be used from; empty: anywhere.",
    )
    expires_at: AwareDatetime | None = Field(
        default=None, description="When it ends; leave it out for a key without end."
    )


class AccountsKeyCreateOut(Schema):
    """The new key. `secret` is told in this answer and never again."""

    key: UUID = Field(description="Id of the key.")
    user: str = Field(description="Name of the account it speaks for.")
    name: str = Field(description="What it is for.")
    prefix: str = Field(description="How the secret begins, to tell keys apart.")
    scopes: list[str] | None = Field(description="How far it reaches; null: all that its user may.")
    expires_at: datetime | None = Field(description="When it ends; null: never.")
    secret: ShownOnce


class AccountsKeyRevokeIn(Schema):
    """Which key."""

    key: UUID = Field(description="Id of the key.")


class AccountsKeyView(Schema):
    """A key without its secret."""

    key: UUID = Field(description="Id of the key.")
    user: str = Field(description="Name of the account it speaks for.")
    name: str = Field(description="What it is for.")
    prefix: str = Field(description="How the secret begins, to tell keys apart.")
    scopes: list[str] | None = Field(description="How far it reaches; null: all that its user may.")
    networks: list[str] = Field(
        description="Address ranges (CIDR) it may be used from; empty: anywhere."
    )
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime | None = Field(description="When it ends; null: never.")
    revoked_at: datetime | None = Field(description="When it was revoked; null: it was not.")
    last_used_at: datetime | None = Field(description="When it was last used; null: never.")


class AccountsKeyListIn(Schema):
    """`user` limits the list to one account; `revoked` adds keys of the past."""

    user: Username | None = Field(
        default=None, description="Name of one account; leave it out for all."
    )
    revoked: bool = Field(default=False, description="True: revoked keys, too.")
    limit: int = Field(default=100, ge=1, le=500, description="How many at most.")


class AccountsKeyListOut(Schema):
    """Newest first."""

    keys: list[AccountsKeyView] = Field(description="Keys without their secrets, newest first.")


def create_targets(actor: Actor, data: AccountsKeyCreateIn) -> tuple[TargetRef, ...]:
    """The user that gets the key; it may reach no further than whoever issues it."""
    require_person(actor)
    user = user_of(actor, data.user)
    require_rights(actor, rights_of(user))
    require_scopes(actor, data.scopes)
    return about(user)


def key_create(ctx: Context, data: AccountsKeyCreateIn) -> AccountsKeyCreateOut:
    """Issue a key."""
    user = user_of(ctx.actor, data.user)
    if data.expires_at is not None and data.expires_at <= clock.now():
        raise invalid("expires_at", "lies in the past.", allowed="a time to come")
    issued = key_issue(
        user=user,
        name=data.name,
        scopes=None if data.scopes is None else tuple(data.scopes),
        networks=tuple(data.networks),
        expires_at=data.expires_at,
    )
    ctx.after = {"key": str(issued.key.id), "prefix": issued.key.prefix}
    return AccountsKeyCreateOut(
        key=issued.key.id,
        user=user.username,
        name=issued.key.name,
        prefix=issued.key.prefix,
        scopes=issued.key.scopes,
        expires_at=issued.key.expires_at,
        secret=issued.text,
    )


def key_of(actor: Actor, key_id: UUID) -> ApiKey:
    """A key of the tenant; raises `not_found`."""
    key = api_keys(actor).filter(id=key_id).first()
    if key is None or not actor.may_everywhere(PERMISSION):
        raise not_found("API key", key_id)
    return key


def revoke_targets(actor: Actor, data: AccountsKeyRevokeIn) -> tuple[TargetRef, ...]:
    """The key itself."""
    require_person(actor)
    key = key_of(actor, data.key)
    return (TargetRef("key", key.id, str(key)),)


def key_take_back(ctx: Context, data: AccountsKeyRevokeIn) -> AccountsKeyView:
    """Revoke a key and every token it was traded for."""
    key = key_of(ctx.actor, data.key)
    if key.revoked_at is not None:
        raise conflict(f"The key {key.name!r} was revoked already.")
    key_revoke(key)
    transaction.on_commit(lambda: close_streams(key.user_id, "The key was revoked."))
    key.refresh_from_db()
    return view(key)


def key_list(ctx: Context, data: AccountsKeyListIn) -> AccountsKeyListOut:
    """The tenant's keys."""
    rows = api_keys(ctx.actor).order_by("-id")
    if data.user is not None:
        rows = rows.filter(user__username=data.user)
    if not data.revoked:
        rows = rows.filter(revoked_at=None)
    return AccountsKeyListOut(keys=[view(key) for key in rows[: data.limit]])


def view(key: ApiKey) -> AccountsKeyView:
    """A row as callers see it."""
    return AccountsKeyView(
        key=key.id,
        user=key.user.username,
        name=key.name,
        prefix=key.prefix,
        scopes=key.scopes,
        networks=key.networks,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
    )


OPERATIONS = (
    Operation(
        name="accounts.key.create",
        summary="Issue an API key; its secret is told once, in this answer.",
        input=AccountsKeyCreateIn,
        output=AccountsKeyCreateOut,
        handler=key_create,
        targets=create_targets,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NEVER,
        faces=FACES,
    ),
    Operation(
        name="accounts.key.revoke",
        summary="Revoke an API key and every token it was traded for.",
        input=AccountsKeyRevokeIn,
        output=AccountsKeyView,
        handler=key_take_back,
        targets=revoke_targets,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NEVER,
        faces=FACES | {Face.ADMIN},
    ),
    Operation(
        name="accounts.key.list",
        summary="List the tenant's API keys, without their secrets.",
        input=AccountsKeyListIn,
        output=AccountsKeyListOut,
        handler=key_list,
        targets=whole_tenant,
        permission=PERMISSION,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=FACES,
    ),
)
