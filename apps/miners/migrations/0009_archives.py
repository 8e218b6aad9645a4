"""Support archives that somebody had fetched."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import apps.kernel.clock
import apps.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("fleet", "0007_circuits"),
        ("miners", "0008_finds"),
    ]

    operations = [
        migrations.CreateModel(
            name="SupportArchive",
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
                    "name",
                    models.CharField(
                        help_text="What the file is called when fetched.", max_length=200
                    ),
                ),
                ("firmware", models.CharField(blank=True, max_length=100)),
                ("size", models.BigIntegerField(help_text="Bytes.")),
                ("sha256", models.CharField(max_length=64)),
                ("made_by", models.CharField(max_length=150)),
                ("created_at", models.DateTimeField(default=apps.kernel.clock.now)),
                ("expires_at", models.DateTimeField(db_index=True)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="archives",
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
