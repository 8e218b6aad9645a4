"""Rows for tests, made through the services the product itself uses; every argument has a default.

tenant = factories.tenant()
operator = factories.actor_of("operator", tenant)
device = factories.device(tenant, site_path="/plant/hall/")
"""

from itertools import count
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from apps.accounts import services
from apps.accounts.models import ApiKey, Role, Tenant, User
from apps.accounts.selectors import actor_of as actor_from
from apps.accounts.services import IssuedKey
from apps.fleet.models import Device, DeviceKind, Site, SiteKind
from apps.jobs.models import Job, JobState
from apps.kernel.actor import Actor
from apps.kernel.ids import new_id
from apps.kernel.keyring import keyring
from apps.kernel.valkey import valkey
from apps.operations.limits import key_of

ROLES: Final = ("viewer", "operator", "engineer", "approver", "admin", "agent")
PASSWORD: Final = "correct horse battery staple"
KINDS: Final = (SiteKind.SITE, SiteKind.BUILDING, SiteKind.ROOM, SiteKind.RACK)
DRIVERS: Final = {DeviceKind.CORE: "qsys", DeviceKind.MINER: "braiins"}

_numbers = count(1)


def number() -> int:
    """A number that no other call in this process got."""
    return next(_numbers)


def tenant(slug: str | None = None, **policies: Any) -> Tenant:
    """A tenant; `policies` are its columns (batch_threshold, agents_need_approval ...)."""
    slug = slug or f"tenant-{number()}"
    return Tenant.objects.create(slug=slug, name=slug.title(), **policies)


def user(
    of: Tenant | None = None,
    role: str = "operator",
    *,
    site_path: str = "/",
    username: str | None = None,
    password: str | None = PASSWORD,
) -> User:
    """A person who holds `role` (of the product's own) at `site_path`."""
    return services.user_create(
        tenant=of or tenant(),
        username=username or f"{role}-{number()}",
        password=password,
        role=role,
        site_path=site_path,
    )


def agent(person: User | None = None, role: str = "operator", *, site_path: str = "/") -> User:
    """An agent that acts for `person`."""
    behind = person or user(role=role)
    if behind.tenant is None:
        raise ValueError("an agent's person has a tenant")
    return services.user_create(
        tenant=behind.tenant,
        username=f"agent-{number()}",
        role=role,
        site_path=site_path,
        acts_for=behind,
    )


def grant(
    to: User, role: str, *, site_path: str | None = None, devices: tuple[UUID, ...] = ()
) -> Any:
    """One more role of the product's own, at a site path or on devices."""
    found = Role.objects.get(tenant=None, name=role)
    return services.grant_create(user=to, role=found, site_path=site_path, devices=devices)


def issued_key(of: User | None = None, **fields: Any) -> IssuedKey:
    """A new API key with its text; `fields` go to `services.key_issue`."""
    return services.key_issue(user=of or user(), name=f"key-{number()}", **fields)


def api_key(of: User | None = None, **fields: Any) -> str:
    """The text of a new API key."""
    return issued_key(of, **fields).text


def actor_of(
    role: str = "operator",
    of: Tenant | None = None,
    *,
    site_path: str = "/",
    key: ApiKey | None = None,
) -> Actor:
    """The actor of a new user with `role`; "agent" is an operator's agent with its own key.

    Its user row exists, so the actor can be built again for jobs.
    """
    if role != "agent":
        return actor_from(user(of, role, site_path=site_path), key=key)
    person = user(of, "operator", site_path=site_path)
    account = agent(person, site_path=site_path)
    return actor_from(account, key=key or issued_key(account).key)


def scoped_actor(role: str, scopes: tuple[str, ...], of: Tenant | None = None) -> Actor:
    """The actor of a new user's key with `scopes`."""
    account = user(of, role)
    return actor_from(account, key=issued_key(account, scopes=scopes).key)


def site(of: Tenant, path: str = "/plant/") -> Site:
    """The place at `path` with every place above it; existing ones are kept."""
    parent: Site | None = None
    so_far = "/"
    for depth, slug in enumerate(path.strip("/").split("/")):
        so_far = f"{so_far}{slug}/"
        parent, _ = Site.system.get_or_create(
            tenant=of,
            path=so_far,
            defaults={
                "parent": parent,
                "slug": slug,
                "name": slug.title(),
                "kind": KINDS[min(depth, len(KINDS) - 1)],
            },
        )
    if parent is None:
        raise ValueError("a site has a path")
    return parent


def site_tree(of: Tenant) -> dict[str, Site]:
    """A plant with two halls and a rack in the first, by path."""
    paths = ("/plant/", "/plant/hall-a/", "/plant/hall-a/rack-1/", "/plant/hall-b/")
    return {path: site(of, path) for path in paths}


def device(
    of: Tenant | None = None,
    *,
    site_path: str = "/plant/",
    kind: str = DeviceKind.CORE,
    name: str | None = None,
    address: str | None = None,
    **fields: Any,
) -> Device:
    """A registered device that nothing listens behind."""
    owner = of or tenant()
    place = site(owner, site_path)
    mine = number()
    fields.setdefault("driver", DRIVERS[DeviceKind(kind)])
    fields.setdefault("serial", f"SN{mine:06}")
    return Device.system.create(
        tenant=owner,
        site=place,
        site_path=place.path,
        kind=kind,
        name=name or f"{kind}-{mine}",
        address=address or f"127.9.{mine // 250 % 250}.{mine % 250 + 1}",
        **fields,
    )


def job(
    by: Actor | None = None,
    *,
    operation: str = "system.ping",
    state: str = JobState.QUEUED,
    plain: bytes = b"{}",
    **fields: Any,
) -> Job:
    """A job row of `by`; `plain` is the JSON of its input. Nothing is sent to a worker."""
    actor = by or actor_of("engineer")
    fields.setdefault("call_id", new_id())
    return Job.system.create(
        tenant_id=actor.tenant,
        operation=operation,
        state=state,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        acts_for=actor.acts_for,
        credential_id=actor.credential_id,
        face="rest",
        sealed_input=keyring().seal(plain),
        **fields,
    )


def config(**changes: Any) -> Any:
    """The settings of this process with some values changed, for `settings.CONFIG = ...`."""
    return settings.CONFIG.model_copy(update=changes)


def forget_limits(actor: Actor) -> None:
    """Fill the actor's bucket of the limiter up again."""
    valkey().delete(key_of(actor))
