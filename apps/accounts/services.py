"""Changes of accounts: keys, tokens, grants, and log-ins with a lock-out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F

from apps.accounts.authenticate import forget_all
from apps.accounts.models import ApiKey, BearerToken, Grant, Role, Tenant, User, UserKind
from apps.accounts.roles import BUILTIN_ROLES
from apps.accounts.secrets import new_api_key, new_token
from apps.kernel import clock

LOCK_AFTER: Final = 5
LOCK_FOR: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key; `text` is the only time the secret is seen."""

    key: ApiKey
    text: str


def builtin_roles_ensure() -> None:
    """Make the product's own roles equal to their table."""
    for name, permissions in BUILTIN_ROLES.items():
        Role.objects.update_or_create(
            tenant=None, name=name, defaults={"permissions": list(permissions)}
        )


def user_create(
    *,
    tenant: Tenant,
    username: str,
    password: str | None = None,
    role: str | Role,
    site_path: str = "/",
    acts_for: User | None = None,
) -> User:
    """A person, or with `acts_for` an agent, holding `role` at `site_path`.

    A role given by name is one of the product's own.
    """
    user = User(
        tenant=tenant,
        username=username,
        kind=UserKind.AGENT if acts_for else UserKind.PERSON,
        acts_for=acts_for,
    )
    user.set_password(password)
    user.save()
    if isinstance(role, str):
        role = Role.objects.get(tenant=None, name=role)
    grant_create(user=user, role=role, site_path=site_path)
    return user


def grant_create(
    *, user: User, role: Role, site_path: str | None, devices: tuple[UUID, ...] = ()
) -> Grant:
    """Give `role` at a place to a user."""
    if user.tenant_id is None:
        raise ValueError("a user without a tenant holds no grants")
    grant = Grant.system.create(
        tenant_id=user.tenant_id, user=user, role=role, site_path=site_path, devices=list(devices)
    )
    transaction.on_commit(forget_all)
    return grant


def key_issue(
    *,
    user: User,
    name: str,
    scopes: tuple[str, ...] | None = None,
    networks: tuple[str, ...] = (),
    expires_at: datetime | None = None,
) -> IssuedKey:
    """A new API key of `user`. `scopes` None means all that the user may."""
    if user.tenant_id is None:
        raise ValueError("a user without a tenant has no keys")
    secret = new_api_key()
    key = ApiKey.system.create(
        tenant_id=user.tenant_id,
        user=user,
        name=name,
        prefix=secret.prefix,
        digest=secret.digest,
        scopes=None if scopes is None else sorted(scopes),
        networks=list(networks),
        expires_at=expires_at,
    )
    return IssuedKey(key, secret.text)


def key_revoke(key: ApiKey) -> None:
    """Make a key and its tokens useless, everywhere within the memory of a verdict."""
    ApiKey.system.filter(id=key.id, revoked_at=None).update(revoked_at=clock.now())
    BearerToken.objects.filter(key=key).delete()
    transaction.on_commit(forget_all)


def token_issue(*, key_id: UUID, seconds: int) -> tuple[str, datetime]:
    """Trade a key for a bearer token that lives `seconds`; never longer than the key."""
    key = ApiKey.system.get(id=key_id)
    secret = new_token()
    expires = clock.now() + timedelta(seconds=seconds)
    if key.expires_at is not None:
        expires = min(expires, key.expires_at)
    BearerToken.objects.create(key=key, digest=secret.digest, expires_at=expires)
    return secret.text, expires


def expired_drop() -> int:
    """Delete bearer tokens past their end; how many there were."""
    return BearerToken.objects.filter(expires_at__lte=clock.now()).delete()[0]


def login_check(username: str, password: str) -> User | None:
    """The user when name and password are right and the account is not locked.

    Takes the same time whether the name exists or not. Five wrong passwords lock the account
    for fifteen minutes; the count is kept by a guarded update, so parallel guesses all count.
    """
    now = clock.now()
    user = User.objects.filter(username=username, is_active=True, kind=UserKind.PERSON).first()
    if user is None or user.is_locked(now):
        make_password(password)
        return None
    if not check_password(password, user.password):
        _count_failure(user, now)
        return None
    User.objects.filter(id=user.id).update(failed_logins=0, locked_until=None, last_login=now)
    return user


def _count_failure(user: User, now: datetime) -> None:
    User.objects.filter(id=user.id).update(failed_logins=F("failed_logins") + 1)
    User.objects.filter(id=user.id, failed_logins__gte=LOCK_AFTER).update(
        failed_logins=0, locked_until=now + LOCK_FOR
    )


def user_suspend(user: User) -> None:
    """Shut an account, its keys and its agents out until it is reinstated."""
    User.objects.filter(id=user.id).update(is_active=False)
    transaction.on_commit(forget_all)


def user_reinstate(user: User) -> None:
    """Let a suspended or locked-out account in again."""
    User.objects.filter(id=user.id).update(is_active=True, failed_logins=0, locked_until=None)
    transaction.on_commit(forget_all)


def agent_stop(agent: User) -> None:
    """Stop one agent until it is resumed; the time of the first stop stays."""
    User.objects.filter(id=agent.id, stopped_at=None).update(stopped_at=clock.now())


def agent_resume(agent: User) -> None:
    """Let one agent go on."""
    User.objects.filter(id=agent.id).update(stopped_at=None)


def agents_stop(tenant: Tenant) -> None:
    """Stop every agent of a tenant, those to come included."""
    Tenant.objects.filter(id=tenant.id, agents_stopped_at=None).update(
        agents_stopped_at=clock.now()
    )


def agents_resume(tenant: Tenant) -> None:
    """Let the agents of a tenant go on, but those that were stopped alone."""
    Tenant.objects.filter(id=tenant.id).update(agents_stopped_at=None)


def agent_limits_set(agent: User, *, calls: int | None, devices: int | None) -> None:
    """An agent's own numbers an hour; None takes the tenant's."""
    User.objects.filter(id=agent.id).update(calls_per_hour=calls, devices_per_hour=devices)


def grant_revoke(grant: Grant) -> None:
    """Take a role at a place away from a user."""
    Grant.system.filter(id=grant.id).delete()
    transaction.on_commit(forget_all)


def policies_set(tenant: Tenant, changes: dict[str, object]) -> None:
    """Change policies of a tenant; `changes` holds its columns."""
    Tenant.objects.filter(id=tenant.id).update(**changes)
