"""Grants: a role, held at a place or on devices, by a user."""

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from apps.accounts.models import Grant, Role
from apps.accounts.selectors import grants, role_named, roles
from apps.accounts.services import grant_create, grant_revoke
from apps.kernel.actor import Actor, Right
from apps.kernel.errors import conflict, invalid, nearest, not_found
from apps.kernel.permissions import any_covers
from apps.operations.builtin.accounts.shared import (
    FACES,
    PERMISSION,
    SitePath,
    Username,
    about,
    require_person,
    require_rights,
    user_of,
    whole_tenant,
)
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Repeat, Schema, TargetRef


class AccountsGrantCreateIn(Schema):
    """Which role, for whom, and either where (`site_path`) or on what (`devices`)."""

    user: Username = Field(description="Name of who gets the role.")
    role: str = Field(
        max_length=50, description="Name of the role, as accounts.role.list gives it."
    )
    site_path: SitePath | None = Field(
        default=None, description="Place where it holds, with all under it; instead of devices."
    )
    devices: list[UUID] = Field(
        default=[],
        max_length=1000,
        description="Ids of the devices it holds on; instead of a place.",
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.site_path is None) == (not self.devices):
            raise ValueError("give exactly one of site_path and devices")
        return self


class AccountsGrantRevokeIn(Schema):
    """Which grant."""

    grant: UUID = Field(description="Id of the grant.")


class AccountsGrantOut(Schema):
    """A grant as it stands (or stood)."""

    grant: UUID = Field(description="Id of the grant.")
    user: str = Field(description="Name of who has the role.")
    role: str = Field(description="Name of the role.")
    site_path: str | None = Field(description="Place where it holds; null: on devices.")
    devices: list[UUID] = Field(description="Ids of the devices it holds on; empty: at a place.")


class AccountsRoleListIn(Schema):
    """Nothing is needed."""


class AccountsRoleView(Schema):
    """A role and what it allows."""

    name: str = Field(description="Name of the role.")
    builtin: bool = Field(description="Whether it came with the product.")
    permissions: list[str] = Field(description="What it allows, such as qsys.operate.")


class AccountsRoleListOut(Schema):
    """By name."""

    roles: list[AccountsRoleView] = Field(description="The roles, by name.")


def role_of(actor: Actor, name: str) -> Role:
    """A role the tenant has; raises `invalid` with the nearest one."""
    role = role_named(actor, name)
    if role is not None:
        return role
    known = [role.name for role in roles(actor)]
    guess = nearest(name, known)
    hint = f" Did you mean {guess!r}?" if guess else ""
    raise invalid("role", f"there is no role {name!r}.{hint}", allowed=", ".join(known))


def create_targets(actor: Actor, data: AccountsGrantCreateIn) -> tuple[TargetRef, ...]:
    """The user that gets the role; whoever gives it holds it there too."""
    require_person(actor)
    user, role = user_of(actor, data.user), role_of(actor, data.role)
    right = Right(frozenset(role.permissions), data.site_path, frozenset(data.devices))
    require_rights(actor, [right])
    return about(user)


def create(ctx: Context, data: AccountsGrantCreateIn) -> AccountsGrantOut:
    """Give a role at a place."""
    user, role = user_of(ctx.actor, data.user), role_of(ctx.actor, data.role)
    devices = tuple(sorted(frozenset(data.devices)))
    grant = grant_create(user=user, role=role, site_path=data.site_path, devices=devices)
    ctx.after = view(grant).model_dump(mode="json")
    return view(grant)


def grant_of(actor: Actor, grant_id: UUID) -> Grant:
    """A grant of the tenant; raises `not_found`."""
    grant = grants(actor).filter(id=grant_id).first()
    if grant is None or not actor.may_everywhere(PERMISSION):
        raise not_found("grant", grant_id)
    return grant


def revoke_targets(actor: Actor, data: AccountsGrantRevokeIn) -> tuple[TargetRef, ...]:
    """The user that loses the role."""
    require_person(actor)
    return about(grant_of(actor, data.grant).user)


def revoke(ctx: Context, data: AccountsGrantRevokeIn) -> AccountsGrantOut:
    """Take a role away; an administrator keeps their own, so that one always stays."""
    grant = grant_of(ctx.actor, data.grant)
    mine = grant.user_id == ctx.actor.person_id
    if mine and any_covers(grant.role.permissions, PERMISSION):
        raise conflict("You cannot give up administering yourself; ask another administrator.")
    shown = view(grant)
    grant_revoke(grant)
    ctx.before = shown.model_dump(mode="json")
    return shown


def role_list(ctx: Context, data: AccountsRoleListIn) -> AccountsRoleListOut:
    """The product's roles and the tenant's own."""
    return AccountsRoleListOut(
        roles=[
            AccountsRoleView(
                name=role.name, builtin=role.tenant_id is None, permissions=role.permissions
            )
            for role in roles(ctx.actor)
        ]
    )


def view(grant: Grant) -> AccountsGrantOut:
    """A row as callers see it."""
    return AccountsGrantOut(
        grant=grant.id,
        user=grant.user.username,
        role=grant.role.name,
        site_path=grant.site_path,
        devices=grant.devices,
    )


OPERATIONS = (
    Operation(
        name="accounts.grant.create",
        summary="Give a user a role at a site and below, or on devices.",
        input=AccountsGrantCreateIn,
        output=AccountsGrantOut,
        handler=create,
        targets=create_targets,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NEVER,
        faces=FACES,
    ),
    Operation(
        name="accounts.grant.revoke",
        summary="Take a role away from a user.",
        input=AccountsGrantRevokeIn,
        output=AccountsGrantOut,
        handler=revoke,
        targets=revoke_targets,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NEVER,
        faces=FACES | {Face.ADMIN},
    ),
    Operation(
        name="accounts.role.list",
        summary="List the roles there are and what they allow.",
        input=AccountsRoleListIn,
        output=AccountsRoleListOut,
        handler=role_list,
        targets=whole_tenant,
        permission=PERMISSION,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=FACES,
    ),
)
