"""The grammar of permissions: `<app>.<level>`, where a level includes those below it."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

LEVELS: Final = ("view", "operate", "configure", "administer")
APPROVE: Final = "approve"
EVERY_APP: Final = "*"

#: Scope groups of keys and tokens, and the permissions they stand for.
SCOPE_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "fleet:read": ("*.view",),
    "fleet:write": ("*.configure",),
    "fleet:dangerous": (),
    "admin": ("*.administer", "*.approve"),
}
#: What a client asks for first; more is asked for when it is needed.
FIRST_SCOPE: Final = "fleet:read"
DANGEROUS: Final = "fleet:dangerous"
#: Groups that allow DISRUPTIVE and above, besides the permission itself.
DANGEROUS_SCOPES: Final = frozenset({DANGEROUS, "admin"})


#: The group that reaches each level.
_GROUP_OF_LEVEL: Final = {
    "view": "fleet:read",
    "operate": "fleet:write",
    "configure": "fleet:write",
    "administer": "admin",
    APPROVE: "admin",
}


def scope_for(permission: str) -> str:
    """The narrowest scope group that reaches `permission`."""
    return _GROUP_OF_LEVEL[permission.partition(".")[2]]


def is_permission(text: str) -> bool:
    """Whether `text` has the form of a permission (`*` stands for every app)."""
    app, dot, level = text.partition(".")
    return bool(app and dot) and (level in LEVELS or level == APPROVE)


def covers(held: str, wanted: str) -> bool:
    """Whether holding `held` allows `wanted`; `approve` stands apart from the levels."""
    held_app, _, held_level = held.partition(".")
    wanted_app, _, wanted_level = wanted.partition(".")
    if held_app not in (EVERY_APP, wanted_app):
        return False
    if APPROVE in (held_level, wanted_level):
        return held_level == wanted_level
    return LEVELS.index(held_level) >= LEVELS.index(wanted_level)


def any_covers(held: Iterable[str], wanted: str) -> bool:
    """Whether one of `held` allows `wanted`."""
    return any(covers(one, wanted) for one in held)


@lru_cache(maxsize=4_096)
def holds(held: frozenset[str], wanted: str) -> bool:
    """`any_covers` of a set that is asked again and again: every call asks for its caller's."""
    return any_covers(held, wanted)


def scope_permissions(scopes: Iterable[str]) -> frozenset[str]:
    """The permissions that `scopes` (groups or plain permissions) stand for."""
    found: set[str] = set()
    for scope in scopes:
        found.update(SCOPE_GROUPS.get(scope, (scope,) if is_permission(scope) else ()))
    return frozenset(found)
