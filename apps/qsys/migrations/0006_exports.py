"""Files of stored changes and telemetry that somebody had made."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import apps.kernel.clock
import apps.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("fleet", "0003_rollouts"),
        ("qsys", "0005_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
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
                ("job_id", models.UUIDField(unique=True)),
                (
                    "content",
                    models.CharField(
                        choices=[
                            ("events", "Changes, with value before and cause"),
                            ("seconds", "Figures a second of telemetry"),
                            ("samples", "Single samples of telemetry"),
                        ],
                        max_length=7,
                    ),
                ),
                (
                    "format",
                    models.CharField(
                        choices=[("csv", "CSV"), ("parquet", "Parquet")], max_length=7
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="What the file is called when fetched.", max_length=200
                    ),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("rows", models.BigIntegerField()),
                ("size", models.BigIntegerField(help_text="Bytes.")),
                ("sha256", models.CharField(max_length=64)),
                ("made_by", models.CharField(max_length=150)),
                ("created_at", models.DateTimeField(default=apps.kernel.clock.now)),
                ("expires_at", models.DateTimeField(db_index=True)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to="fleet.device",
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
            },
            managers=[
                ("system", django.db.models.manager.Manager()),
            ],
        ),
    ]
