"""Keys, users, grants and policies of a tenant, for whoever administers it."""

from typing import Any

from apps.operations.builtin.accounts import (
    agents,
    assistants,
    clients,
    grants,
    keys,
    tenants,
    users,
)
from apps.operations.core import Operation

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    *keys.OPERATIONS,
    *users.OPERATIONS,
    *grants.OPERATIONS,
    *tenants.OPERATIONS,
    *agents.OPERATIONS,
    *clients.OPERATIONS,
    *assistants.OPERATIONS,
)
