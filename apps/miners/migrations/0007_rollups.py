"""Minutes and hours of miners and places, split by day; what each miner is made of."""

from typing import Any

import django.db.models.manager
from django.db import migrations, models

from apps.kernel.partitions import hand_over
from apps.miners.models.rollup import ROLLUPS

OF_MINER = """
CREATE TABLE {name} (
    device_id uuid NOT NULL,
    at timestamptz NOT NULL,
    samples integer NOT NULL,
    terahash double precision NOT NULL,
    terahash_least double precision NOT NULL,
    terahash_most double precision NOT NULL,
    watts double precision NOT NULL,
    chip_c double precision,
    PRIMARY KEY (device_id, at)
) PARTITION BY RANGE (at);
"""
OF_PLACE = """
CREATE TABLE {name} (
    tenant_id uuid NOT NULL,
    site_path varchar(300) COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    miners integer NOT NULL,
    terahash double precision NOT NULL,
    watts double precision NOT NULL,
    chip_c double precision,
    PRIMARY KEY (tenant_id, site_path, at)
) PARTITION BY RANGE (at);
"""
TABLES = {
    "miners_minute": OF_MINER,
    "miners_hour": OF_MINER,
    "miners_place_minute": OF_PLACE,
    "miners_place_hour": OF_PLACE,
}


def to_the_application(*_: Any) -> None:
    for table in ROLLUPS:
        hand_over(table)


class Migration(migrations.Migration):
    dependencies = [("miners", "0006_curtailment_triggers")]

    operations = [
        *(
            migrations.RunSQL(made.format(name=name), f"DROP TABLE {name}")
            for name, made in TABLES.items()
        ),
        migrations.RunPython(to_the_application, migrations.RunPython.noop),
        migrations.CreateModel(
            name="MinerHour",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "device_id",
                        "at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("device_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("samples", models.IntegerField()),
                ("terahash", models.FloatField()),
                ("terahash_least", models.FloatField()),
                ("terahash_most", models.FloatField()),
                ("watts", models.FloatField()),
                ("chip_c", models.FloatField(null=True)),
            ],
            options={
                "db_table": "miners_hour",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="MinerMinute",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "device_id",
                        "at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("device_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("samples", models.IntegerField()),
                ("terahash", models.FloatField()),
                ("terahash_least", models.FloatField()),
                ("terahash_most", models.FloatField()),
                ("watts", models.FloatField()),
                ("chip_c", models.FloatField(null=True)),
            ],
            options={
                "db_table": "miners_minute",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="PlaceHour",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "site_path",
                        "at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("tenant_id", models.UUIDField()),
                ("site_path", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                ("miners", models.IntegerField()),
                ("terahash", models.FloatField()),
                ("watts", models.FloatField()),
                ("chip_c", models.FloatField(null=True)),
            ],
            options={
                "db_table": "miners_place_hour",
                "managed": False,
            },
            managers=[
                ("system", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="PlaceMinute",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "site_path",
                        "at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("tenant_id", models.UUIDField()),
                ("site_path", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                ("miners", models.IntegerField()),
                ("terahash", models.FloatField()),
                ("watts", models.FloatField()),
                ("chip_c", models.FloatField(null=True)),
            ],
            options={
                "db_table": "miners_place_minute",
                "managed": False,
            },
            managers=[
                ("system", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="RollupMark",
            fields=[
                ("step", models.CharField(max_length=10, primary_key=True, serialize=False)),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            "miner",
            "parts",
            models.JSONField(default=dict, help_text="Boards, fans and pools, as last read."),
        ),
        migrations.AddField("miner", "parts_at", models.DateTimeField(null=True)),
    ]
