"""Tenants, users, roles, grants and keys; hashes are not shown."""

from django.db.models import Q

from apps.accounts.models import User
from apps.ops.backoffice.rows import Rows
from apps.ops.backoffice.verbs import Verb, each


class TenantRows(Rows):
    """The superuser's own."""

    tenant_field = "id"
    fields = (
        "id",
        "slug",
        "name",
        "batch_threshold",
        "agents_need_approval",
        "two_call_confirmation",
        "agents_stopped_at",
        "agent_calls_per_hour",
        "agent_devices_per_hour",
        "created_at",
    )
    list_display = ("slug", "name", "batch_threshold", "agents_need_approval")


class UserRows(Rows):
    """People and agents."""

    fields = (
        "id",
        "username",
        "kind",
        "acts_for",
        "is_active",
        "is_superuser",
        "failed_logins",
        "locked_until",
        "stopped_at",
        "calls_per_hour",
        "devices_per_hour",
        "last_login",
        "date_joined",
    )
    list_display = ("username", "kind", "acts_for", "is_active", "is_superuser", "last_login")
    list_filter = ("kind", "is_active", "is_superuser")
    search_fields = ("username",)
    list_select_related = ("acts_for",)
    verbs = (
        Verb("suspend", "Suspend", "accounts.user.suspend", each("user", "username")),
        Verb("reinstate", "Reinstate", "accounts.user.reinstate", each("user", "username")),
    )


class RoleRows(Rows):
    """The product's own roles and the tenant's."""

    fields = ("id", "name", "tenant", "permissions")
    list_display = ("name", "tenant", "permissions")

    def own(self, user: User) -> Q:
        return Q(tenant=None) | Q(tenant_id=user.tenant_id)


class GrantRows(Rows):
    """Who holds which role where."""

    fields = ("id", "user", "role", "site_path", "devices", "created_at")
    list_display = ("user", "role", "site_path", "devices", "created_at")
    search_fields = ("user__username", "role__name", "site_path")
    list_select_related = ("user", "role")
    verbs = (Verb("revoke", "Revoke the chosen grants", "accounts.grant.revoke", each("grant")),)


class KeyRows(Rows):
    """API keys: by prefix, never by what proves them."""

    fields = (
        "id",
        "name",
        "user",
        "prefix",
        "scopes",
        "networks",
        "expires_at",
        "revoked_at",
        "last_used_at",
        "created_at",
    )
    list_display = ("name", "user", "prefix", "scopes", "expires_at", "revoked_at", "last_used_at")
    search_fields = ("name", "prefix", "user__username")
    list_select_related = ("user",)
    verbs = (Verb("revoke", "Revoke the chosen keys", "accounts.key.revoke", each("key")),)
