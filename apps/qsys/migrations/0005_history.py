"""What Cores report of themselves, which designs they ran, and how much they changed."""

from typing import Any

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import apps.kernel.ids
from apps.kernel import partitions
from apps.qsys.models import CONTROL_TALLIES, CORE_TALLIES

CORE_TABLE = """
CREATE TABLE qsys_core_tally (
    device_id uuid NOT NULL,
    at timestamptz NOT NULL,
    changes bigint NOT NULL DEFAULT 0,
    samples bigint NOT NULL DEFAULT 0,
    dropped bigint NOT NULL DEFAULT 0,
    thinned bigint NOT NULL DEFAULT 0,
    missed bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (device_id, at)
) PARTITION BY RANGE (at);
"""
CONTROL_TABLE = """
CREATE TABLE qsys_control_tally (
    device_id uuid NOT NULL,
    at timestamptz NOT NULL,
    changes bigint NOT NULL,
    control_id integer NOT NULL,
    PRIMARY KEY (device_id, at, control_id)
) PARTITION BY RANGE (at);
"""


def make_days(apps: Any, schema_editor: Any) -> None:
    """The first days, handed over like their parents, as the product drops them one day."""
    for table in (CORE_TALLIES, CONTROL_TALLIES):
        partitions.hand_over(table)


class Migration(migrations.Migration):
    dependencies = [
        ("fleet", "0003_rollouts"),
        ("qsys", "0004_policies"),
    ]

    operations = [
        migrations.CreateModel(
            name="ControlTally",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "device_id",
                        "at",
                        "control_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("device_id", models.UUIDField()),
                ("control_id", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("changes", models.BigIntegerField()),
            ],
            options={
                "db_table": "qsys_control_tally",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="CoreTally",
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
                ("changes", models.BigIntegerField()),
                ("samples", models.BigIntegerField()),
                ("dropped", models.BigIntegerField()),
                ("thinned", models.BigIntegerField()),
                ("missed", models.BigIntegerField()),
            ],
            options={
                "db_table": "qsys_core_tally",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="DesignDrift",
            fields=[
                (
                    "device",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="design_drift",
                        serialize=False,
                        to="fleet.device",
                    ),
                ),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10), size=None
                    ),
                ),
                ("detail", models.CharField(max_length=500)),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="DesignPin",
            fields=[
                (
                    "device",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="design_pin",
                        serialize=False,
                        to="fleet.device",
                    ),
                ),
                ("design", models.CharField(blank=True, max_length=200)),
                ("design_code", models.CharField(blank=True, max_length=40)),
                ("firmware", models.CharField(blank=True, max_length=100)),
                ("pinned_by", models.CharField(max_length=150)),
                ("pinned_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="DesignRun",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("design", models.CharField(blank=True, max_length=200)),
                ("design_code", models.CharField(max_length=40)),
                ("platform", models.CharField(blank=True, max_length=60)),
                ("firmware", models.CharField(blank=True, max_length=100)),
                ("began", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
            ],
            managers=[
                ("system", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="InventoryItem",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.kernel.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("core", "The Core itself"),
                            ("partner", "The other Core of a pair"),
                            ("component", "A component with a status"),
                        ],
                        max_length=9,
                    ),
                ),
                ("component", models.TextField(blank=True)),
                ("control", models.TextField(blank=True)),
            ],
            managers=[
                ("system", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="InventorySpell",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "code",
                    models.SmallIntegerField(
                        choices=[
                            (0, "OK"),
                            (1, "Compromised"),
                            (2, "Fault"),
                            (3, "Not present"),
                            (4, "Missing"),
                            (5, "Initializing"),
                        ]
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=300)),
                ("began", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
            ],
            managers=[
                ("system", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="TallyMark",
            fields=[
                (
                    "device",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="tally_mark",
                        serialize=False,
                        to="fleet.device",
                    ),
                ),
                ("counted_until", models.DateTimeField()),
                ("dropped", models.BigIntegerField(default=0)),
                ("thinned", models.BigIntegerField(default=0)),
                ("missed", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AddIndex(
            model_name="control",
            index=models.Index(
                condition=models.Q(
                    ("name", "status"), ("name__endswith", ".status"), _connector="OR"
                ),
                fields=["device"],
                name="qsys_control_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="designpin",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("design", ""), _negated=True),
                    models.Q(("design_code", ""), _negated=True),
                    models.Q(("firmware", ""), _negated=True),
                    _connector="OR",
                ),
                name="qsys_pin_says",
            ),
        ),
        migrations.AddField(
            model_name="designrun",
            name="device",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="design_runs",
                to="fleet.device",
            ),
        ),
        migrations.AddField(
            model_name="inventoryitem",
            name="device",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="inventory",
                to="fleet.device",
            ),
        ),
        migrations.AddField(
            model_name="inventoryspell",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="spells",
                to="qsys.inventoryitem",
            ),
        ),
        migrations.AddIndex(
            model_name="designrun",
            index=models.Index(fields=["device", "-began"], name="qsys_run_device"),
        ),
        migrations.AddConstraint(
            model_name="designrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended", None)), fields=("device",), name="qsys_run_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="inventoryitem",
            constraint=models.UniqueConstraint(
                fields=("device", "kind", "component", "control"), name="qsys_inventory_item"
            ),
        ),
        migrations.AddIndex(
            model_name="inventoryspell",
            index=models.Index(fields=["item", "-began"], name="qsys_spell_item"),
        ),
        migrations.AddConstraint(
            model_name="inventoryspell",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended", None)), fields=("item",), name="qsys_spell_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="inventoryspell",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended", None), ("ended__gte", models.F("began")), _connector="OR"
                ),
                name="qsys_spell_span",
            ),
        ),
        migrations.RunSQL(CORE_TABLE, "DROP TABLE qsys_core_tally"),
        migrations.RunSQL(CONTROL_TABLE, "DROP TABLE qsys_control_tally"),
        migrations.RunPython(make_days, migrations.RunPython.noop),
    ]
