"""The product's own roles; a migration step keeps the rows equal to this table."""

from typing import Final

BUILTIN_ROLES: Final[dict[str, tuple[str, ...]]] = {
    "viewer": ("*.view",),
    "operator": ("*.operate",),
    "engineer": ("*.configure",),
    "approver": ("*.view", "*.approve"),
    "admin": ("*.administer", "*.approve"),
}
