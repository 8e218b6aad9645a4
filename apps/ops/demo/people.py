"""Tenants, logins, keys and the agent of the demo."""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from apps.accounts.authenticate import Credential, authenticate
from apps.accounts.models import ApiKey, Tenant, User
from apps.accounts.roles import BUILTIN_ROLES
from apps.accounts.services import key_issue, key_revoke, user_create
from apps.kernel.errors import Failure

TENANTS: Final = {"default": "Harbour Events", "other": "Second Customer"}
AGENT: Final = "agent"
AGENT_SCOPES: Final = ("fleet:read", "fleet:write", "fleet:dangerous")
KEY_NAME: Final = "demo"
#: A person whose grant is one rack alone.
RACK_PERSON: Final = "rack1"
RACK_PATH: Final = "/mine/hall-1/r1/"


@dataclass
class People:
    """What `demo.json` says of them, by tenant and role."""

    logins: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    api_keys: dict[str, dict[str, str]] = field(default_factory=dict)
    proofs: list[str] = field(default_factory=list)
    """By which the next seeding knows that the passwords fit: see `_proof`."""


def seed(known: dict[str, Any]) -> People:
    """Make what is missing; passwords and keys in `known` stay as long as they work."""
    people = People()
    for slug, name in TENANTS.items():
        tenant, _ = Tenant.objects.get_or_create(
            slug=slug, defaults={"name": name, "agents_need_approval": True}
        )
        people.logins[slug], people.api_keys[slug] = {}, {}
        for role in BUILTIN_ROLES:
            user = _person(tenant, role)
            _remember(people, known, tenant, role, user)
        if slug == "default":
            _remember(people, known, tenant, RACK_PERSON, _rack_person(tenant))
        agent = _agent(tenant)
        people.api_keys[slug][AGENT] = _key(known, tenant, AGENT, agent, AGENT_SCOPES)
    return people


def username(tenant: Tenant, role: str) -> str:
    """`operator` in the first tenant, `other-operator` in the second."""
    return role if tenant.slug == "default" else f"{tenant.slug}-{role}"


def _remember(people: People, known: dict[str, Any], tenant: Tenant, role: str, user: User) -> None:
    login = people.logins[tenant.slug][role] = _login(known, tenant, role, user)
    people.proofs.append(_proof(login["password"], user))
    people.api_keys[tenant.slug][role] = _key(known, tenant, role, user, None)


def _person(tenant: Tenant, role: str) -> User:
    user = User.objects.filter(username=username(tenant, role)).first()
    if user is None:
        user = user_create(tenant=tenant, username=username(tenant, role), role=role)
    if role == "admin" and not user.is_superuser:
        user.is_superuser = user.is_staff = True
        user.save(update_fields=["is_superuser", "is_staff"])
    return user


def _rack_person(tenant: Tenant) -> User:
    user = User.objects.filter(username=RACK_PERSON).first()
    if user is not None:
        return user
    return user_create(tenant=tenant, username=RACK_PERSON, role="engineer", site_path=RACK_PATH)


def _agent(tenant: Tenant) -> User:
    name = username(tenant, "assistant")
    user = User.objects.filter(username=name).first()
    if user is None:
        person = User.objects.get(username=username(tenant, "engineer"))
        user = user_create(tenant=tenant, username=name, role="engineer", acts_for=person)
    return user


def _login(known: dict[str, Any], tenant: Tenant, role: str, user: User) -> dict[str, str]:
    old = known.get("logins", {}).get(tenant.slug, {}).get(role, {})
    password = old.get("password", "")
    proven = _proof(password, user) in known.get("proofs", ())
    if not (proven or (password and user.check_password(password))):
        password = secrets.token_urlsafe(12)
        user.set_password(password)
        user.save(update_fields=["password"])
    return {"username": user.username, "password": password}


def _proof(password: str, user: User) -> str:
    """A mark of this password together with the hash that is stored for the user.

    To try a dozen passwords takes Argon2 two seconds, which no warm start should cost.
    """
    return hashlib.sha256(f"{password}\n{user.password}".encode()).hexdigest()


def _key(
    known: dict[str, Any], tenant: Tenant, role: str, user: User, scopes: tuple[str, ...] | None
) -> str:
    old = str(known.get("api_keys", {}).get(tenant.slug, {}).get(role, ""))
    if old and _works(old):
        return old
    for key in ApiKey.system.filter(user=user, name=KEY_NAME, revoked_at=None):
        key_revoke(key)
    return key_issue(user=user, name=KEY_NAME, scopes=scopes).text


def _works(key: str) -> bool:
    try:
        authenticate(Credential(key, "127.0.0.1"))
    except Failure:
        return False
    return True
