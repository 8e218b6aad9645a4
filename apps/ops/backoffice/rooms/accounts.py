"""Tenants, users, roles, grants, keys, programs and assistants; hashes are not shown."""

from django.db.models import Q

from apps.accounts.models import Client, User
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


class ClientRows(Rows):
    """Programs that people let act for them: what they call themselves, never what proves them."""

    fields = (
        "id",
        "name",
        "client_id",
        "source",
        "redirect_uris",
        "revoked_at",
        "created_at",
    )
    list_display = ("name", "client_id", "source", "revoked_at", "created_at")
    search_fields = ("name",)
    list_select_related = ("application",)
    verbs = (
        Verb("revoke", "Shut the chosen programs out", "accounts.client.revoke", each("client")),
        Verb("restore", "Let them in again", "accounts.client.restore", each("client")),
    )

    def client_id(self, row: Client) -> str:
        """What the program names itself by."""
        return str(row.application.client_id)

    def source(self, row: Client) -> str:
        """How it came here: registered, by its document, or by itself."""
        return str(row.application.registration_source)

    def redirect_uris(self, row: Client) -> str:
        """Where its answers may be sent."""
        return str(row.application.redirect_uris)


class AssistantRows(Rows):
    """Programs as they act for somebody: as whose agent, how far, since when."""

    fields = (
        "id",
        "client",
        "person",
        "agent",
        "scopes",
        "connected_at",
        "last_used_at",
        "revoked_at",
    )
    list_display = ("agent", "client", "person", "scopes", "last_used_at", "revoked_at")
    search_fields = ("client__name", "person__username", "agent__username")
    list_select_related = ("client", "person", "agent")
    verbs = (
        Verb(
            "disconnect",
            "Disconnect the chosen assistants",
            "accounts.assistant.disconnect",
            each("assistant"),
        ),
    )
