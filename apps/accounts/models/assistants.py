"""Programs that people let act for them, and each person's word that one may."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.models.tenants import Tenant
from apps.accounts.models.users import User
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class Client(models.Model):
    """A program as one tenant knows it: registered by its administrator, or seen at a consent.

    The application behind it (its id and where answers go) may be known to several tenants.
    Revoked, it can neither be connected nor be used by anybody of the tenant.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="clients")
    application = models.ForeignKey(
        "oauth2_provider.Application", on_delete=models.PROTECT, related_name="clients"
    )
    name = models.CharField(max_length=100)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    system = models.Manager["Client"]()
    objects = ScopedQuerySet["Client"].as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("tenant", "application"), name="accounts_client_of_tenant"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Assistant(models.Model):
    """A client connected to a person: it acts as an agent of its own, within `scopes`.

    The row and its agent stay when it is disconnected, so that the evidence keeps its names, and
    are taken up again when the person connects the same client once more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="assistants")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="assistants")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="assistants")
    agent = models.OneToOneField(User, on_delete=models.CASCADE, related_name="assistant")
    scopes = ArrayField(models.CharField(max_length=60))
    connected_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    system = models.Manager["Assistant"]()
    objects = ScopedQuerySet["Assistant"].as_manager()

    class Meta:
        ordering = ("-connected_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("person", "client"), name="accounts_assistant_of_person"
            ),
        )

    def __str__(self) -> str:
        return self.agent.username
