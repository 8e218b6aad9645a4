"""The tree of places: site, building, room or rack, position."""

from django.core.validators import RegexValidator
from django.db import models

from apps.accounts.models import Tenant
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class SiteKind(models.TextChoices):
    """What kind of place it is."""

    SITE = "site", "Site"
    BUILDING = "building", "Building"
    ROOM = "room", "Room"
    RACK = "rack", "Rack"


class SiteRows(ScopedQuerySet["Site"]):
    """Places are seen where a right covers their path."""

    path_field = "path"


class Site(models.Model):
    """One place. `path` holds the slugs from the root, with a slash at both ends.

    Rights, streams and filters compare paths by prefix, so every row that belongs to a place
    carries its path.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="sites")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    kind = models.CharField(max_length=10, choices=SiteKind.choices)
    slug = models.SlugField(max_length=40)
    name = models.CharField(max_length=100)
    path = models.CharField(
        max_length=300, validators=[RegexValidator(r"^/([a-z0-9_-]+/)+$")], editable=False
    )

    system = models.Manager["Site"]()
    objects = SiteRows.as_manager()

    class Meta:
        ordering = ("path",)
        constraints = (models.UniqueConstraint(fields=("tenant", "path"), name="fleet_site_path"),)

    def __str__(self) -> str:
        return self.path
