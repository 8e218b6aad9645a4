"""A schedule: an operation, when to call it, and under whose rights."""

from django.db import models

from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class Overlap(models.TextChoices):
    """What to do when the run before is not over."""

    SKIP = "skip", "Skip this run"
    QUEUE = "queue", "Run all the same"


class CatchUp(models.TextChoices):
    """What to do about runs that were missed while the plane was down."""

    SKIP = "skip", "Forget them"
    ONCE = "once", "Run once"


class ScheduleRows(ScopedQuerySet["Schedule"]):
    """Schedules are seen where what they act on is seen."""

    path_field = "site_path"
    device_field = "device_id"


class Schedule(models.Model):
    """Claimed by a guarded update of `next_run_at`, so that two beats are harmless."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    name = models.CharField(max_length=100)
    operation = models.CharField(max_length=80)
    input = models.JSONField(default=dict)
    cron = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=64, default="UTC")
    enabled = models.BooleanField(default=True)
    owner_id = models.UUIDField()
    site_path = models.CharField(max_length=300, default="/")
    device_id = models.UUIDField(null=True)
    overlap = models.CharField(max_length=5, choices=Overlap.choices, default=Overlap.SKIP)
    catch_up = models.CharField(max_length=5, choices=CatchUp.choices, default=CatchUp.SKIP)
    jitter_seconds = models.PositiveIntegerField(default=0)
    plan = models.JSONField(null=True)

    next_run_at = models.DateTimeField(null=True, db_index=True)
    last_run_at = models.DateTimeField(null=True)
    last_verdict = models.CharField(max_length=30, blank=True)
    last_detail = models.CharField(max_length=300, blank=True)
    last_job_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=now)

    system = models.Manager["Schedule"]()
    objects = ScheduleRows.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("tenant_id", "name"), name="jobs_schedule_name"),
        )

    def __str__(self) -> str:
        return self.name
