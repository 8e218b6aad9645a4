"""Assistants that people connected: a person's word given, taken back, and listed."""

from datetime import datetime
from functools import partial
from typing import Annotated, Final, Literal
from uuid import UUID

from django.db import transaction
from oauth2_provider.models import Application
from pydantic import Field

from apps.accounts.assistants import (
    assistant_connect,
    assistant_disconnect,
    client_admitted,
)
from apps.accounts.models import Assistant, User
from apps.accounts.selectors import assistants
from apps.events.closing import close_streams
from apps.kernel.actor import Actor, ActorKind
from apps.kernel.errors import Code, Failure, conflict, not_found
from apps.operations.builtin.accounts.shared import FACES
from apps.operations.builtin.accounts.shared import PERMISSION as ADMINISTER
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Repeat, Schema, TargetRef

#: Whoever may look at all may let an assistant look.
PERMISSION: Final = "accounts.view"

AssistantScope = Literal["fleet:read", "fleet:write", "fleet:dangerous", "admin"]


class AccountsAssistantConnectIn(Schema):
    """Which program (by the id it names itself with), and how far it may go."""

    client_id: str = Field(
        min_length=1, max_length=255, description="Id the program names itself by."
    )
    scopes: Annotated[list[AssistantScope], Field(min_length=1, max_length=4)] = Field(
        description="How far it may go at most."
    )


class AccountsAssistantDisconnectIn(Schema):
    """Which assistant."""

    assistant: UUID = Field(description="Id of the connected program.")


class AccountsAssistantListIn(Schema):
    """`everybody` lists the tenant's, for whoever administers it; else your own."""

    everybody: bool = Field(
        default=False, description="True: everybody's, for an administrator; else your own."
    )
    disconnected: bool = Field(default=False, description="True: those of the past, too.")
    limit: int = Field(default=100, ge=1, le=500, description="How many at most.")


class AccountsAssistantView(Schema):
    """A connected program. `account` is the name it acts under in the audit log."""

    assistant: UUID = Field(description="Id of this connection.")
    program: str = Field(description="Name of the program.")
    client_id: str = Field(description="Id the program names itself by.")
    account: str = Field(description="Name it acts under in the audit.")
    person: str = Field(description="Person it acts for.")
    scopes: list[str] = Field(description="How far it may go at most.")
    connected_at: datetime = Field(description="When the person connected it.")
    last_used_at: datetime | None = Field(description="When it last came; null: never.")
    disconnected_at: datetime | None = Field(
        description="When it was disconnected; null: it is connected."
    )


class AccountsAssistantListOut(Schema):
    """Latest connected first."""

    assistants: list[AccountsAssistantView] = Field(
        description="Connected programs, the latest first."
    )


def require_self(actor: Actor) -> None:
    """A person gives their word in front of the page; raises `forbidden` for anybody else."""
    if actor.kind is not ActorKind.USER:
        raise Failure(Code.FORBIDDEN, "Only a person who is logged in may connect an assistant.")


def connect_targets(actor: Actor, data: AccountsAssistantConnectIn) -> tuple[TargetRef, ...]:
    """Nothing at any place: what an assistant may do where is asked for at each of its calls."""
    require_self(actor)
    application_of(actor, data.client_id)
    return ()


def application_of(actor: Actor, client_id: str) -> Application:
    """A program that people of the tenant may connect; raises `not_found`."""
    application = Application.objects.filter(client_id=client_id).first()
    if application is None or not client_admitted(actor.tenant, application):
        raise not_found("client", client_id)
    return application


def connect(ctx: Context, data: AccountsAssistantConnectIn) -> AccountsAssistantView:
    """Let a program act for the person who asks."""
    assistant = assistant_connect(
        person=User.objects.get(id=ctx.actor.id),
        application=application_of(ctx.actor, data.client_id),
        scopes=data.scopes,
    )
    ctx.after = view(assistant).model_dump(mode="json")
    return view(assistant)


def assistant_of(actor: Actor, assistant_id: UUID) -> Assistant:
    """One's own assistant, or one of the tenant's for its administrator; else `not_found`."""
    assistant = assistants(actor).filter(id=assistant_id).first()
    if assistant is None:
        raise not_found("assistant", assistant_id)
    return assistant


def disconnect_targets(actor: Actor, data: AccountsAssistantDisconnectIn) -> tuple[TargetRef, ...]:
    """One's own needs no right at a place; another person's needs the tenant's administration."""
    scripted = actor.kind is ActorKind.KEY and actor.may_everywhere(ADMINISTER)
    if actor.kind is not ActorKind.USER and not scripted:
        raise Failure(
            Code.FORBIDDEN,
            "Only its person, who is logged in, or an administrator may disconnect an assistant.",
        )
    assistant_of(actor, data.assistant)
    return ()


def disconnect(ctx: Context, data: AccountsAssistantDisconnectIn) -> AccountsAssistantView:
    """Cut an assistant off: its tokens end, its streams close."""
    assistant = assistant_of(ctx.actor, data.assistant)
    if assistant.revoked_at is not None:
        raise conflict(f"{assistant.client.name!r} was disconnected already.")
    assistant_disconnect(assistant)
    said = "The assistant was disconnected."
    transaction.on_commit(partial(close_streams, assistant.agent_id, said))
    assistant.refresh_from_db()
    ctx.after = view(assistant).model_dump(mode="json")
    return view(assistant)


def assistant_list(ctx: Context, data: AccountsAssistantListIn) -> AccountsAssistantListOut:
    """Connected programs."""
    rows = assistants(ctx.actor)
    if not data.everybody:
        rows = rows.filter(person_id=ctx.actor.person_id)
    if not data.disconnected:
        rows = rows.filter(revoked_at=None)
    return AccountsAssistantListOut(assistants=[view(row) for row in rows[: data.limit]])


def view(assistant: Assistant) -> AccountsAssistantView:
    """A row as callers see it."""
    return AccountsAssistantView(
        assistant=assistant.id,
        program=assistant.client.name,
        client_id=assistant.client.application.client_id,
        account=assistant.agent.username,
        person=assistant.person.username,
        scopes=assistant.scopes,
        connected_at=assistant.connected_at,
        last_used_at=assistant.last_used_at,
        disconnected_at=assistant.revoked_at,
    )


OPERATIONS = (
    Operation(
        name="accounts.assistant.connect",
        summary="Let a program act for you as an assistant, within the scopes you give it.",
        input=AccountsAssistantConnectIn,
        output=AccountsAssistantView,
        handler=connect,
        targets=connect_targets,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES,
    ),
    Operation(
        name="accounts.assistant.disconnect",
        summary="Cut an assistant off at once.",
        input=AccountsAssistantDisconnectIn,
        output=AccountsAssistantView,
        handler=disconnect,
        targets=disconnect_targets,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NEVER,
        faces=FACES | {Face.ADMIN},
    ),
    Operation(
        name="accounts.assistant.list",
        summary="List the assistants that act for you, or for anybody of the tenant.",
        input=AccountsAssistantListIn,
        output=AccountsAssistantListOut,
        handler=assistant_list,
        permission=PERMISSION,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=FACES,
    ),
)
