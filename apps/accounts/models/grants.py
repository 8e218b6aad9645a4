"""Roles, and grants of a role at a place to a user."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.models.tenants import Tenant
from apps.accounts.models.users import User
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class Role(models.Model):
    """A named set of permissions. Roles without a tenant are the product's own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="roles"
    )
    name = models.SlugField()
    permissions = ArrayField(models.CharField(max_length=60))

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("tenant", "name"), name="accounts_role_name", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """A role held by a user on a site subtree (`/` is the whole tenant) or a set of devices."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="grants")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants")
    site_path = models.CharField(max_length=300, null=True, blank=True, default="/")
    devices = ArrayField(models.UUIDField(), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    system = models.Manager["Grant"]()
    objects = ScopedQuerySet["Grant"].as_manager()

    class Meta:
        ordering = ("created_at",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(site_path__isnull=False) | ~models.Q(devices=[]),
                name="accounts_grant_has_a_place",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} {self.role_id} {self.site_path or self.devices}"
