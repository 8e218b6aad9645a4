"""API keys and the short-lived bearer tokens they are traded for; only hashes are stored."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.models.tenants import Tenant
from apps.accounts.models.users import User
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class ApiKey(models.Model):
    """A credential of a script or an agent. The secret is shown once, at creation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="api_keys")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=60), null=True, blank=True)
    networks = ArrayField(models.CharField(max_length=45), default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    system = models.Manager["ApiKey"]()
    objects = ScopedQuerySet["ApiKey"].as_manager()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} (cp_{self.prefix}…)"


class BearerToken(models.Model):
    """A token traded for an API key; it can do what the key can, for a shorter time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = models.Manager["BearerToken"]()

    def __str__(self) -> str:
        return f"token of {self.key_id}"
