"""Pages that were submitted from here, and what became of them."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import apps.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("fleet", "0003_rollouts"),
        ("qsys", "0006_exports"),
    ]

    operations = [
        migrations.CreateModel(
            name="Page",
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
                ("call_id", models.UUIDField()),
                ("line", models.CharField(blank=True, max_length=40)),
                ("number", models.BigIntegerField(null=True)),
                ("busy_before", models.JSONField(default=list)),
                ("mode", models.CharField(max_length=10)),
                ("zones", models.JSONField(default=list)),
                ("priority", models.PositiveSmallIntegerField()),
                ("station", models.CharField(blank=True, max_length=200)),
                ("message", models.CharField(blank=True, max_length=500)),
                ("description", models.CharField(blank=True, max_length=200)),
                ("actor", models.CharField(max_length=150)),
                ("on_air_at", models.DateTimeField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sending", "Sending"),
                            ("ready", "Ready"),
                            ("wait", "Waiting"),
                            ("input", "Being spoken"),
                            ("output", "Going out"),
                            ("done", "Over"),
                            ("unknown", "Unknown"),
                        ],
                        default="sending",
                        max_length=8,
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=40)),
                ("words", models.CharField(blank=True, max_length=300)),
                ("count", models.IntegerField(null=True)),
                ("asked", models.CharField(blank=True, max_length=6)),
                ("ending", models.CharField(blank=True, max_length=10)),
                ("submitted_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("heard_at", models.DateTimeField()),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pages",
                        to="fleet.device",
                    ),
                ),
            ],
            options={
                "ordering": ("-submitted_at", "-id"),
                "indexes": [
                    models.Index(fields=["device", "-submitted_at"], name="qsys_page_of_device")
                ],
            },
            managers=[
                ("system", django.db.models.manager.Manager()),
            ],
        ),
    ]
