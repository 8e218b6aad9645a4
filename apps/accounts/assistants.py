"""Changes of clients and connected assistants."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify
from oauth2_provider.models import AccessToken, Application, Grant, RefreshToken, clear_expired

from apps.accounts.authenticate import forget_all
from apps.accounts.models import Assistant, Client, Tenant, User, UserKind
from apps.kernel import clock

NAME_LONGEST: Final = 100
USERNAME_LONGEST: Final = 150


def application_register(name: str, redirect_uris: Sequence[str], source: str) -> Application:
    """A public client: it proves itself by PKCE, and has no secret to lose."""
    return Application.objects.create(
        name=name,
        redirect_uris=" ".join(redirect_uris),
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        registration_source=source,
    )


@transaction.atomic
def client_register(*, tenant: Tenant, name: str, redirect_uris: Sequence[str]) -> Client:
    """A client that only people of `tenant` can connect."""
    source = Application.RegistrationSource.MANUAL
    application = application_register(name, redirect_uris, source)
    return Client.system.create(tenant=tenant, application=application, name=name)


def client_admitted(tenant_id: UUID, application: Application) -> bool:
    """Whether people of the tenant may connect the application.

    What an administrator registered is for their tenant; what names itself is for everybody,
    until an administrator revokes it.
    """
    known = Client.system.filter(tenant_id=tenant_id, application=application).first()
    if known is not None:
        return known.revoked_at is None
    return bool(application.registration_source != Application.RegistrationSource.MANUAL)


@transaction.atomic
def client_revoke(client: Client) -> list[UUID]:
    """Shut a client out of its tenant; the agents whose tokens ended with it."""
    Client.system.filter(id=client.id, revoked_at=None).update(revoked_at=clock.now())
    agents = list(client.assistants.values_list("agent_id", flat=True))
    tokens_end(agents)
    return agents


@transaction.atomic
def client_restore(client: Client) -> None:
    """Let people of the tenant connect a revoked client again; tokens do not come back."""
    Client.system.filter(id=client.id).update(revoked_at=None)
    tokens_end(client.assistants.values_list("agent_id", flat=True))


@transaction.atomic
def assistant_connect(
    *, person: User, application: Application, scopes: Iterable[str]
) -> Assistant:
    """A person's word that a client may act for them, within `scopes` and those given before.

    Connecting the same client twice is the same assistant: its other tokens stay good.
    """
    if person.tenant_id is None:
        raise ValueError("a person without a tenant connects nothing")
    client, _ = Client.system.get_or_create(
        tenant_id=person.tenant_id,
        application=application,
        defaults={"name": (application.name or application.client_id)[:NAME_LONGEST]},
    )
    # One at a time: two pages of one person agree to the same assistant.
    client = Client.system.select_for_update().get(id=client.id)
    known = Assistant.system.filter(person=person, client=client).first()
    if known is None:
        return Assistant.system.create(
            tenant_id=person.tenant_id,
            client=client,
            person=person,
            agent=_agent_for(person, client),
            scopes=sorted(scopes),
            connected_at=clock.now(),
        )
    given = known.scopes if known.revoked_at is None else ()
    if known.revoked_at is not None:
        # A trade that raced the disconnection may have left a token; it must not wake up again.
        tokens_end([known.agent_id])
    known.scopes, known.revoked_at = sorted({*given, *scopes}), None
    known.connected_at = clock.now()
    known.save(update_fields=["scopes", "revoked_at", "connected_at"])
    transaction.on_commit(forget_all)
    return known


def _agent_for(person: User, client: Client) -> User:
    """The account a client acts under: named after both, as the evidence will show it."""
    tail = f"-for-{person.username}"[:100]
    name = f"{slugify(client.name)[: USERNAME_LONGEST - len(tail)] or 'assistant'}{tail}"
    if User.objects.filter(username=name).exists():
        name = f"{name[: USERNAME_LONGEST - 13]}-{client.id.hex[-12:]}"
    agent = User(
        tenant_id=person.tenant_id,
        username=name,
        kind=UserKind.AGENT,
        acts_for=person,
        is_assistant=True,
    )
    agent.set_unusable_password()
    agent.save()
    return agent


@transaction.atomic
def assistant_disconnect(assistant: Assistant) -> None:
    """Take a person's word back: every token of the assistant ends, everywhere."""
    Assistant.system.filter(id=assistant.id, revoked_at=None).update(revoked_at=clock.now())
    tokens_end([assistant.agent_id])


def tokens_end(agents: Iterable[UUID]) -> None:
    """Make the agents' codes and tokens useless within the memory of a verdict."""
    ids = list(agents)
    Grant.objects.filter(user_id__in=ids).delete()
    RefreshToken.objects.filter(user_id__in=ids, revoked=None).update(revoked=clock.now())
    AccessToken.objects.filter(user_id__in=ids).delete()
    transaction.on_commit(forget_all)


def expired_drop() -> None:
    """Delete what is past its end; used refresh tokens stay as long as their reuse must show."""
    clear_expired()
