"""What answered at an address of a declared range when it was last looked through."""

from django.db import models

from apps.fleet.models import DiscoveryRange
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class Answer(models.TextChoices):
    """What kind of answer it was."""

    IDENTIFIED = "identified", "Said who it is"
    LOCKED = "locked", "Answers, but does not let us in"
    FOREIGN = "foreign", "Is nothing this plane speaks to"


class FindRows(ScopedQuerySet["Find"]):
    """Finds are seen where a right covers the place of their range."""

    path_field = "path"


class Find(models.Model):
    """One answer at one address; the next scan overwrites it. A find registers nothing.

    Identity is in the machine's own words, as it gave them at `seen_at`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    range = models.ForeignKey(DiscoveryRange, on_delete=models.CASCADE, related_name="finds")
    path = models.CharField(max_length=300)
    address = models.CharField(max_length=45)
    answer = models.CharField(max_length=10, choices=Answer.choices)
    words = models.CharField(max_length=300, blank=True)
    model = models.CharField(max_length=100, blank=True)
    firmware = models.CharField(max_length=100, blank=True)
    hostname = models.CharField(max_length=100, blank=True)
    platform = models.CharField(max_length=40, blank=True)
    uid = models.CharField(max_length=40, blank=True)
    serial = models.CharField(max_length=100, blank=True)
    mac = models.CharField(max_length=17, blank=True)
    psu_serial = models.CharField(max_length=100, blank=True)
    seen_at = models.DateTimeField()

    system = models.Manager["Find"]()
    objects = FindRows.as_manager()

    class Meta:
        ordering = ("path", "address")
        constraints = (
            models.UniqueConstraint(fields=("range", "address"), name="miners_find_address"),
        )

    def __str__(self) -> str:
        return self.address
