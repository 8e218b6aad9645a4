import django.db.models.manager
from django.db import migrations, models

import apps.kernel.clock
import apps.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("fleet", "0006_discovery_ranges"),
    ]

    operations = [
        migrations.CreateModel(
            name="Circuit",
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
                ("tenant_id", models.UUIDField()),
                ("path", models.CharField(max_length=300)),
                ("name", models.CharField(max_length=60)),
                (
                    "limit_watts",
                    models.PositiveIntegerField(help_text="What it may draw for long."),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
                ("saved_by", models.CharField(max_length=150)),
                ("saved_at", models.DateTimeField(default=apps.kernel.clock.now)),
            ],
            options={
                "ordering": ("path", "name"),
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "name"), name="fleet_circuit_name")
                ],
            },
            managers=[
                ("system", django.db.models.manager.Manager()),
            ],
        ),
    ]
