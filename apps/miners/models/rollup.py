"""What miners did in each minute and hour, one by one and summed by place; daily partitions."""

from typing import Final

from django.db import models

from apps.kernel.partitions import PartitionedTable
from apps.kernel.querysets import ScopedQuerySet

MINUTES: Final = PartitionedTable("miners_minute", keep_days=14)
HOURS: Final = PartitionedTable("miners_hour", keep_days=400)
PLACE_MINUTES: Final = PartitionedTable("miners_place_minute", keep_days=60)
PLACE_HOURS: Final = PartitionedTable("miners_place_hour", keep_days=400)
ROLLUPS: Final = (MINUTES, HOURS, PLACE_MINUTES, PLACE_HOURS)


class OfMiner(models.Model):
    """One miner from `at` on: means of TH/s and W, the range of TH/s, the hottest chip in °C."""

    pk = models.CompositePrimaryKey("device_id", "at")
    device_id = models.UUIDField()
    at = models.DateTimeField()
    samples = models.IntegerField()
    terahash = models.FloatField()
    terahash_least = models.FloatField()
    terahash_most = models.FloatField()
    watts = models.FloatField()
    chip_c = models.FloatField(null=True)

    objects = models.Manager["OfMiner"]()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.device_id} {self.at}"


class MinerMinute(OfMiner):
    """One minute of one miner."""

    class Meta:
        managed = False
        db_table = MINUTES.name


class MinerHour(OfMiner):
    """One hour of one miner."""

    class Meta:
        managed = False
        db_table = HOURS.name


class PlaceRows(ScopedQuerySet["OfPlace"]):
    """Sums are seen where a right covers the whole place: they tell of every miner in it."""

    path_field = "site_path"


class OfPlace(models.Model):
    """The miners that stand at exactly one place: how many answered, their TH/s and W together."""

    pk = models.CompositePrimaryKey("tenant_id", "site_path", "at")
    tenant_id = models.UUIDField()
    site_path = models.CharField(max_length=300)
    at = models.DateTimeField()
    miners = models.IntegerField()
    terahash = models.FloatField()
    watts = models.FloatField()
    chip_c = models.FloatField(null=True)

    system = models.Manager["OfPlace"]()
    objects = PlaceRows.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.site_path} {self.at}"


class PlaceMinute(OfPlace):
    """One minute of one place."""

    class Meta:
        managed = False
        db_table = PLACE_MINUTES.name


class PlaceHour(OfPlace):
    """One hour of one place."""

    class Meta:
        managed = False
        db_table = PLACE_HOURS.name


class RollupMark(models.Model):
    """Until when the rows of a step (`minute`, `hour`) are made."""

    step = models.CharField(max_length=10, primary_key=True)
    until = models.DateTimeField()

    objects = models.Manager["RollupMark"]()

    def __str__(self) -> str:
        return f"{self.step} until {self.until}"
