"""Reads of accounts: actors from rows, and what the pages of an administrator list."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.accounts.models import (
    ApiKey,
    Assistant,
    Client,
    Grant,
    Role,
    Tenant,
    User,
    UserKind,
)
from apps.kernel import clock
from apps.kernel.actor import EVERYTHING, Actor, ActorKind, Right
from apps.kernel.querysets import ScopedQuerySet

#: Names that are looked through for the one that was meant.
NAMES_MOST: Final = 2_000


def tenant_of(actor: Actor) -> Tenant:
    """The actor's tenant with its policies."""
    return Tenant.objects.get(id=actor.tenant)


def rights_of(user: User) -> tuple[Right, ...]:
    """What the user's grants allow, in no particular order; an assistant has its person's."""
    holder = user.acts_for if user.is_assistant else user
    if holder is None or not (user.is_active and holder.is_active):
        return ()
    grants = Grant.system.filter(user=holder).select_related("role")
    return tuple(
        Right(
            permissions=frozenset(grant.role.permissions),
            path=grant.site_path,
            devices=frozenset(grant.devices),
        )
        for grant in grants
    )


def actor_of(user: User, *, key: ApiKey | None = None) -> Actor:
    """The actor that `user` is, through a browser session or through `key`."""
    layers: tuple[tuple[Right, ...], ...] = (rights_of(user),)
    if user.acts_for is not None and not user.is_assistant:
        layers += (rights_of(user.acts_for),)
    return Actor(
        kind=_kind(user, key),
        id=user.id,
        tenant_id=user.tenant_id,
        label=user.username,
        layers=layers,
        scopes=None if key is None or key.scopes is None else frozenset(key.scopes),
        acts_for=user.acts_for_id,
        credential_id=key.id if key else None,
        superuser=user.is_superuser and key is None,
    )


def _kind(user: User, key: ApiKey | None) -> ActorKind:
    if user.kind == UserKind.AGENT:
        return ActorKind.AGENT
    return ActorKind.KEY if key else ActorKind.USER


def assistant_actor(assistant: Assistant, scopes: Iterable[str]) -> Actor:
    """The actor that a connected assistant is, through a token with `scopes`."""
    return replace(
        actor_of(assistant.agent),
        scopes=frozenset(scopes) & frozenset(assistant.scopes),
        credential_id=assistant.id,
        steps_up=True,
    )


def current_actor(user_id: UUID, credential_id: UUID | None = None) -> Actor | None:
    """The actor as its rights stand now; None when it may no longer act at all."""
    user = User.objects.select_related("acts_for").filter(id=user_id, is_active=True).first()
    if user is None or is_stopped(user):
        return None
    if credential_id is None:
        return actor_of(user)
    valid = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    key = ApiKey.system.filter(valid, id=credential_id, revoked_at=None).first()
    if key is not None:
        return actor_of(user, key=key)
    assistant = usable_assistants().filter(id=credential_id, agent=user).first()
    return assistant_actor(assistant, assistant.scopes) if assistant else None


def usable_assistants() -> QuerySet[Assistant]:
    """Assistants that neither their person nor an administrator has shut out."""
    return Assistant.system.select_related("agent__acts_for", "client").filter(
        revoked_at=None,
        client__revoked_at=None,
        agent__is_active=True,
        agent__acts_for__is_active=True,
    )


def may_still_act(user: User) -> bool:
    """Whether nobody has shut out the connection of an assistant; others have none."""
    return not user.is_assistant or usable_assistants().filter(agent=user).exists()


@dataclass(frozen=True, slots=True)
class AgentLimits:
    """What holds an agent back: since when it is stopped, and its numbers an hour."""

    stopped_at: datetime | None
    all_stopped_at: datetime | None
    calls: int
    devices: int

    @classmethod
    def of(cls, user: User, tenant: Tenant) -> "AgentLimits":
        """The agent's own numbers, where it has some, else its tenant's."""
        own = (user.calls_per_hour, user.devices_per_hour)
        return cls(
            user.stopped_at,
            tenant.agents_stopped_at,
            tenant.agent_calls_per_hour if own[0] is None else own[0],
            tenant.agent_devices_per_hour if own[1] is None else own[1],
        )


def agent_limits(user_id: UUID) -> AgentLimits | None:
    """What holds an agent back now; None for an account that is no agent's."""
    rows = User.objects.select_related("tenant").filter(kind=UserKind.AGENT)
    user = rows.filter(id=user_id).first()
    return AgentLimits.of(user, user.tenant) if user is not None and user.tenant else None


def is_stopped(user: User) -> bool:
    """Whether the account is an agent that somebody stopped, alone or with all others."""
    found = agent_limits(user.id) if user.kind == UserKind.AGENT else None
    return found is not None and bool(found.stopped_at or found.all_stopped_at)


def agents(actor: Actor) -> list[User]:
    """The agents of the actor's tenant, by name."""
    rows = User.objects.select_related("tenant", "acts_for")
    return list(rows.filter(tenant_id=actor.tenant, kind=UserKind.AGENT).order_by("username"))


def schedule_actor(*, schedule_id: UUID, name: str, owner_id: UUID) -> Actor | None:
    """A schedule acts in its own name under the present rights of who owns it."""
    owner = User.objects.select_related("acts_for").filter(id=owner_id, is_active=True).first()
    if owner is None or is_stopped(owner) or not may_still_act(owner):
        return None
    rights = actor_of(owner)
    return Actor(
        kind=ActorKind.SCHEDULE,
        id=schedule_id,
        tenant_id=rights.tenant_id,
        label=f"schedule:{name}",
        layers=rights.layers,
        acts_for=owner.id,
    )


def person_behind(actor: Actor) -> UUID:
    """The person an act comes down to, also through a schedule that an agent made."""
    if actor.kind is not ActorKind.SCHEDULE:
        return actor.person_id
    owner = User.objects.filter(id=actor.person_id).first()
    return owner.acts_for_id or owner.id if owner else actor.person_id


def superuser_layers() -> tuple[tuple[Right, ...], ...]:
    """Rights of the back office within one tenant."""
    return ((EVERYTHING,),)


def api_keys(actor: Actor) -> ScopedQuerySet[ApiKey]:
    """Keys of the actor's tenant, for whoever administers accounts."""
    return ApiKey.objects.for_actor(actor, "accounts.administer").select_related("user")


def grants(actor: Actor) -> ScopedQuerySet[Grant]:
    """Grants of the actor's tenant, for whoever administers accounts."""
    return Grant.objects.for_actor(actor, "accounts.administer").select_related("user", "role")


def clients(actor: Actor) -> ScopedQuerySet[Client]:
    """Clients that the actor's tenant knows, for whoever administers accounts."""
    return Client.objects.for_actor(actor, "accounts.administer").select_related("application")


def assistants(actor: Actor) -> QuerySet[Assistant]:
    """The actor's own connected assistants; all of the tenant's for whoever administers it."""
    rows = Assistant.system.select_related("client__application", "person", "agent")
    rows = rows.filter(tenant_id=actor.tenant)
    if actor.may_everywhere("accounts.administer"):
        return rows
    return rows.filter(person_id=actor.person_id)


def role_named(actor: Actor, name: str) -> Role | None:
    """A role of the tenant, or one of the product's own."""
    return (
        Role.objects.filter(name=name, tenant_id=actor.tenant).first()
        or Role.objects.filter(name=name, tenant=None).first()
    )


def login_name(tenant: Tenant, name: str) -> str:
    """What a user of the tenant types to log in: the name, and whose it is (`ada@plant`).

    Each tenant names its users in a space of its own, so that no name is taken by strangers.
    """
    suffix = f"@{tenant.slug}"
    return name if name.endswith(suffix) else f"{name}{suffix}"


def user_named(actor: Actor, name: str) -> User | None:
    """A user of the actor's tenant, by login name or without its `@tenant`."""
    rows = User.objects.filter(tenant_id=actor.tenant)
    return (
        rows.filter(username=name).first()
        or rows.filter(username=login_name(tenant_of(actor), name)).first()
    )


def usernames(actor: Actor) -> list[str]:
    """Login names of the actor's tenant, a bounded number."""
    rows = User.objects.filter(tenant_id=actor.tenant).order_by("username")
    return list(rows.values_list("username", flat=True)[:NAMES_MOST])


def roles(actor: Actor) -> list[Role]:
    """The product's roles and the tenant's own, by name."""
    return list(Role.objects.filter(Q(tenant=None) | Q(tenant_id=actor.tenant)).order_by("name"))
