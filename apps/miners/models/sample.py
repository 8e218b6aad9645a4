"""What a miner measured at one instant; daily partitions, dropped by age."""

from typing import Final

from django.db import models

from apps.kernel.partitions import PartitionedTable

SAMPLES: Final = PartitionedTable("miners_minersample", keep_days=30)


class MinerSample(models.Model):
    """One row a poll. The table is partitioned by `at`, which the migration sees to."""

    pk = models.CompositePrimaryKey("device_id", "at")
    device_id = models.UUIDField()
    at = models.DateTimeField()
    terahash = models.FloatField()
    watts = models.PositiveIntegerField()
    chip_c = models.FloatField(null=True)
    accepted = models.BigIntegerField()
    rejected = models.BigIntegerField()

    objects = models.Manager["MinerSample"]()

    class Meta:
        managed = False
        db_table = "miners_minersample"

    def __str__(self) -> str:
        return f"{self.device_id} {self.at}"
