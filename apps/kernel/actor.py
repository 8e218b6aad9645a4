"""Who asks: built at the edge of the product, carried by every call, never absent."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from apps.kernel.errors import Code, Failure
from apps.kernel.permissions import (
    DANGEROUS,
    DANGEROUS_SCOPES,
    holds,
    scope_for,
    scope_permissions,
)


class ActorKind(StrEnum):
    """What kind of party acts."""

    USER = "user"
    KEY = "key"
    AGENT = "agent"
    SCHEDULE = "schedule"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Right:
    """Permissions on a place: a site subtree, a set of devices, or a whole tenant.

    `path` is the site path with a slash at its end (`/` is the whole tenant); None means that
    only `devices` are covered.
    """

    permissions: frozenset[str]
    path: str | None = "/"
    devices: frozenset[UUID] = frozenset()

    def covers(self, permission: str, path: str, device: UUID | None) -> bool:
        """Whether `permission` is held at `path`, or on `device`."""
        if not holds(self.permissions, permission):
            return False
        return self.covers_place(path, device)

    def covers_place(self, path: str, device: UUID | None) -> bool:
        """Whether the place belongs to this right."""
        inside = self.path is not None and path.startswith(self.path)
        return inside or (device is not None and device in self.devices)


@dataclass(frozen=True, slots=True)
class Actor:
    """One party with its rights.

    `layers` are alternatives within, conditions between: an act is allowed when every layer has
    a right that covers it. A person has one layer; an agent a second one, its person's.
    `scopes` narrow a credential further; None means that the credential has no scopes (a
    browser session). `steps_up` marks a credential whose person can be asked for more scopes.
    """

    kind: ActorKind
    id: UUID
    tenant_id: UUID | None
    label: str
    layers: tuple[tuple[Right, ...], ...] = ()
    scopes: frozenset[str] | None = None
    acts_for: UUID | None = None
    credential_id: UUID | None = None
    superuser: bool = False
    steps_up: bool = False
    _scope_permissions: frozenset[str] = field(init=False, repr=False, compare=False)
    _may: dict[str, bool] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_scope_permissions", scope_permissions(self.scopes or ()))

    def may(self, permission: str) -> bool:
        """Whether `permission` is held anywhere. Kept: a call asks for its own several times."""
        found = self._may.get(permission)
        if found is None:
            found = self._may[permission] = self.in_scope(permission) and self.holds(permission)
        return found

    def holds(self, permission: str) -> bool:
        """Whether roles allow `permission` anywhere, whatever the scopes say."""
        return all(
            any(holds(right.permissions, permission) for right in layer)
            for layer in self.layers or ((),)
        )

    def may_ask(self, permission: str) -> bool:
        """Whether `permission` is held, or would be once its person widened the scopes."""
        return self.holds(permission) if self.steps_up else self.may(permission)

    def scopes_missing(self, permission: str, *, dangerous: bool) -> tuple[str, ...]:
        """The scope groups still to be asked for before `permission` can be used."""
        missing = () if self.in_scope(permission) else (scope_for(permission),)
        lacks_danger = dangerous and not self.in_dangerous_scope() and "admin" not in missing
        return (*missing, DANGEROUS) if lacks_danger else missing

    def may_at(self, permission: str, path: str, device: UUID | None = None) -> bool:
        """Whether `permission` is held at the site `path` or on `device`."""
        return self.in_scope(permission) and all(
            any(right.covers(permission, path, device) for right in layer)
            for layer in self.layers or ((),)
        )

    def may_everywhere(self, permission: str) -> bool:
        """Whether `permission` is held on the whole tenant."""
        return self.may_at(permission, "/")

    def in_scope(self, permission: str) -> bool:
        """Whether the credential's scopes admit `permission`."""
        return self.scopes is None or holds(self._scope_permissions, permission)

    def in_dangerous_scope(self) -> bool:
        """Whether the credential admits disruptive operations at all."""
        return self.scopes is None or bool(self.scopes & DANGEROUS_SCOPES)

    @property
    def tenant(self) -> UUID:
        """The tenant; raises `forbidden` for callers without one."""
        if self.tenant_id is None:
            raise Failure(Code.FORBIDDEN, f"{self.label} belongs to no tenant and has nothing.")
        return self.tenant_id

    @property
    def person_id(self) -> UUID:
        """The person behind the act: whom an agent acts for, else the actor itself."""
        return self.acts_for or self.id


EVERYTHING = Right(permissions=frozenset({"*.administer", "*.approve"}))


def system_actor(name: str, *, tenant_id: UUID | None = None) -> Actor:
    """A named actor for work that nobody asked for (ticks, recovery, seeding)."""
    return Actor(
        kind=ActorKind.SYSTEM,
        id=UUID(int=0),
        tenant_id=tenant_id,
        label=f"system:{name}",
        layers=((EVERYTHING,),),
    )


def anonymous_actor() -> Actor:
    """Somebody without a credential: no tenant, no right."""
    return Actor(ActorKind.ANONYMOUS, UUID(int=0), None, "anonymous")
