"""A job: the durable row behind an accepted call. The database is its truth."""

from django.db import models

from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class JobState(models.TextChoices):
    """Where a job stands. See `transitions` for the moves."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    WAITING = "waiting", "Waiting"
    RECONCILING = "reconciling", "Reconciling"
    SUCCEEDED = "succeeded", "Succeeded"
    PARTIAL = "partial", "Partly done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    NEEDS_HUMAN = "needs_human", "Needs a person"


class Cancel(models.TextChoices):
    """How a job was asked to stop: start nothing more, or stop at the next safe point."""

    NO = "", "No"
    SOFT = "soft", "Soft"
    HARD = "hard", "Hard"


class JobRows(ScopedQuerySet["Job"]):
    """Jobs are seen where their device or site is seen."""

    path_field = "site_path"
    device_field = "device_id"


class Job(models.Model):
    """One accepted call.

    A worker holds it by `lease_until`, `lease_owner` and `epoch`; every write of a worker is
    guarded by its epoch, so one that lost the lease changes nothing. `step_state` is what the
    handler wants back at its next step; `questions` is what it waits to be told, by key, and
    `answers` what it was told.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    operation = models.CharField(max_length=80)
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.QUEUED)

    actor_kind = models.CharField(max_length=10)
    actor_id = models.UUIDField()
    actor_label = models.CharField(max_length=150)
    acts_for = models.UUIDField(null=True)
    credential_id = models.UUIDField(null=True)
    face = models.CharField(max_length=10)
    call_id = models.UUIDField(unique=True)
    intent_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=100, blank=True)
    trace_id = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    site_path = models.CharField(max_length=300, default="/")
    device_id = models.UUIDField(null=True)
    object_label = models.CharField(max_length=200, blank=True)

    input = models.JSONField(default=dict)
    sealed_input = models.BinaryField()
    step_state = models.JSONField(null=True)
    questions = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    answers = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    output = models.JSONField(null=True)
    failure_code = models.CharField(max_length=30, blank=True)
    failure_detail = models.CharField(max_length=500, blank=True)

    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    sentence = models.CharField(max_length=300, blank=True)

    wake_at = models.DateTimeField(null=True)
    epoch = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    deaths = models.PositiveSmallIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    retries = models.PositiveSmallIntegerField(default=0)
    cancel = models.CharField(max_length=4, choices=Cancel.choices, default=Cancel.NO, blank=True)
    retry_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="retried_by"
    )

    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    system = models.Manager["Job"]()
    objects = JobRows.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("tenant_id", "-id"), name="jobs_of_tenant"),
            models.Index(
                fields=("wake_at",),
                name="jobs_open_by_wake",
                condition=models.Q(state__in=("queued", "running", "waiting", "reconciling")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.operation} {self.id}"


class JobLog(models.Model):
    """One line of a job's live log; its id is its place."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="log_lines")
    at = models.DateTimeField(default=now)
    level = models.CharField(max_length=8, default="info")
    message = models.CharField(max_length=1000)

    objects = models.Manager["JobLog"]()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.message
