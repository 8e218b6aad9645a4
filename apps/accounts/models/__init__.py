"""Users, tenants, roles, grants and credentials."""

from apps.accounts.models.assistants import Assistant, Client
from apps.accounts.models.credentials import ApiKey, BearerToken
from apps.accounts.models.grants import Grant, Role
from apps.accounts.models.tenants import Tenant
from apps.accounts.models.users import User, UserKind

__all__ = [
    "ApiKey",
    "Assistant",
    "BearerToken",
    "Client",
    "Grant",
    "Role",
    "Tenant",
    "User",
    "UserKind",
]
