"""Programs that people of a tenant may let act for them: registered, revoked, restored, listed."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from pydantic import Field

from apps.accounts.assistants import client_register, client_restore, client_revoke
from apps.accounts.models import Client
from apps.accounts.redirects import RedirectUri
from apps.accounts.selectors import clients, tenant_of
from apps.events.closing import close_streams
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict, not_found
from apps.operations.builtin.accounts.shared import (
    FACES,
    PERMISSION,
    require_person,
    whole_tenant,
    whole_tenant_by_person,
)
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Repeat, Schema, TargetRef


class AccountsClientRegisterIn(Schema):
    """The program's name, as people will see it, and where its answers may be sent.

    On loopback addresses any port is taken, since programs listen on a free one.
    """

    name: str = Field(
        min_length=1, max_length=100, description="The program's name, as people will see it."
    )
    redirect_uris: list[RedirectUri] = Field(
        min_length=1,
        max_length=10,
        description="Where its answers may be sent; on loopback any port is taken.",
    )


class AccountsClientRevokeIn(Schema):
    """Which client."""

    client: UUID = Field(description="Id of the program's row, as accounts.client.list gives it.")


class AccountsClientRestoreIn(Schema):
    """Which client."""

    client: UUID = Field(description="Id of the program's row, as accounts.client.list gives it.")


class AccountsClientView(Schema):
    """A client. `client_id` is what the program names itself by; `source` is how it came here:
    `manual` (registered), `cimd` (by a document at its `client_id`) or `dcr` (by itself)."""

    client: UUID = Field(description="Id of the program's row.")
    client_id: str = Field(description="Id the program names itself by.")
    name: str = Field(description="The program's name, as people see it.")
    source: str = Field(
        description="How it came here: manual (registered), cimd (by its document) or dcr (by "
        "itself)."
    )
    redirect_uris: list[str] = Field(description="Where its answers may be sent.")
    assistants: int = Field(description="How many people have it connected.")
    created_at: datetime = Field(description="When it came here.")
    revoked_at: datetime | None = Field(description="When it was shut out; null: it is not.")


class AccountsClientListIn(Schema):
    """`revoked` adds clients that were shut out."""

    revoked: bool = Field(default=False, description="True: those that were shut out, too.")
    limit: int = Field(default=100, ge=1, le=500, description="How many at most.")


class AccountsClientListOut(Schema):
    """By name."""

    clients: list[AccountsClientView] = Field(description="Known programs, by name.")


def client_of(actor: Actor, client_id: UUID) -> Client:
    """A client of the tenant; raises `not_found`."""
    client = clients(actor).filter(id=client_id).first()
    if client is None or not actor.may_everywhere(PERMISSION):
        raise not_found("client", client_id)
    return client


def targets(
    actor: Actor, data: AccountsClientRevokeIn | AccountsClientRestoreIn
) -> tuple[TargetRef, ...]:
    """The client itself."""
    require_person(actor)
    client = client_of(actor, data.client)
    return (TargetRef("client", client.id, client.name),)


def register(ctx: Context, data: AccountsClientRegisterIn) -> AccountsClientView:
    """Register a public client of the tenant."""
    tenant = tenant_of(ctx.actor)
    client = client_register(tenant=tenant, name=data.name, redirect_uris=data.redirect_uris)
    ctx.after = view(client).model_dump(mode="json")
    return view(client)


def revoke(ctx: Context, data: AccountsClientRevokeIn) -> AccountsClientView:
    """Shut a client out: nobody connects it, and its assistants' tokens and streams end."""
    client = client_of(ctx.actor, data.client)
    if client.revoked_at is not None:
        raise conflict(f"The client {client.name!r} was revoked already.")
    for agent_id in client_revoke(client):
        transaction.on_commit(partial(close_streams, agent_id, "The client was revoked."))
    client.refresh_from_db()
    ctx.after = view(client).model_dump(mode="json")
    return view(client)


def restore(ctx: Context, data: AccountsClientRestoreIn) -> AccountsClientView:
    """Let a client in again; its people connect it anew."""
    client = client_of(ctx.actor, data.client)
    client_restore(client)
    client.refresh_from_db()
    ctx.after = view(client).model_dump(mode="json")
    return view(client)


def client_list(ctx: Context, data: AccountsClientListIn) -> AccountsClientListOut:
    """The clients the tenant knows."""
    rows = clients(ctx.actor)
    if not data.revoked:
        rows = rows.filter(revoked_at=None)
    connected = Count("assistants", filter=Q(assistants__revoked_at=None))
    found = rows.annotate(connected=connected)[: data.limit]
    return AccountsClientListOut(clients=[view(row, assistants=row.connected) for row in found])


def view(client: Client, *, assistants: int | None = None) -> AccountsClientView:
    """A row as callers see it; `assistants` where they are counted already."""
    application = client.application
    if assistants is None:
        assistants = client.assistants.filter(revoked_at=None).count()
    return AccountsClientView(
        client=client.id,
        client_id=application.client_id,
        name=client.name,
        source=application.registration_source,
        redirect_uris=application.redirect_uris.split(),
        assistants=assistants,
        created_at=client.created_at,
        revoked_at=client.revoked_at,
    )


OPERATIONS = (
    Operation(
        name="accounts.client.register",
        summary="Register a program that people may connect as their assistant.",
        input=AccountsClientRegisterIn,
        output=AccountsClientView,
        handler=register,
        targets=whole_tenant_by_person,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NEVER,
        faces=FACES,
    ),
    Operation(
        name="accounts.client.revoke",
        summary="Shut a program out: its assistants are cut off and nobody connects it again.",
        input=AccountsClientRevokeIn,
        output=AccountsClientView,
        handler=revoke,
        targets=targets,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NEVER,
        faces=FACES | {Face.ADMIN},
    ),
    Operation(
        name="accounts.client.restore",
        summary="Let people connect a revoked program again.",
        input=AccountsClientRestoreIn,
        output=AccountsClientView,
        handler=restore,
        targets=targets,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES | {Face.ADMIN},
    ),
    Operation(
        name="accounts.client.list",
        summary="List the programs that people of the tenant may connect, or have.",
        input=AccountsClientListIn,
        output=AccountsClientListOut,
        handler=client_list,
        targets=whole_tenant,
        permission=PERMISSION,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=FACES,
    ),
)
