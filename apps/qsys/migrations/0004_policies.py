"""Policies over controls: what may not be done to them, by whom, and when."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import apps.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_assistants"),
        ("fleet", "0002_emergency_stop"),
        ("qsys", "0003_links"),
    ]

    operations = [
        migrations.CreateModel(
            name="ControlPolicy",
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
                ("site_path", models.CharField(blank=True, default="/", max_length=300)),
                ("tag", models.CharField(blank=True, max_length=50)),
                ("name", models.CharField(max_length=100)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("component", models.CharField(blank=True, default="*", max_length=300)),
                (
                    "controls",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300), default=list, size=None
                    ),
                ),
                ("protected", models.BooleanField(default=False)),
                ("max_step", models.FloatField(blank=True, null=True)),
                ("minimum", models.FloatField(blank=True, null=True)),
                ("maximum", models.FloatField(blank=True, null=True)),
                ("require_reason", models.BooleanField(default=False)),
                ("second_person", models.BooleanField(default=False)),
                ("unless", models.CharField(blank=True, max_length=60)),
                (
                    "windows",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("outside", models.BooleanField(default=False)),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                ("lock", models.BooleanField(default=False)),
                ("enabled", models.BooleanField(default=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("updated_by", models.CharField(blank=True, max_length=150)),
                (
                    "device",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="control_policies",
                        to="fleet.device",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="control_policies",
                        to="accounts.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "control policies",
                "ordering": ("name",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "device", "site_path", "tag", "name"),
                        name="qsys_policy_name",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("device", None), ("site_path", ""), _connector="XOR"),
                        name="qsys_policy_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("max_step", None), ("max_step__gte", 0), _connector="OR"
                        ),
                        name="qsys_policy_step",
                    ),
                ],
            },
            managers=[
                ("system", django.db.models.manager.Manager()),
            ],
        ),
    ]
