"""A rollout: one operation brought to many devices in phases, and where each of them stands."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.fleet.models.device import Device
from apps.fleet.models.target import TERMINAL
from apps.kernel.clock import now
from apps.kernel.ids import new_id
from apps.kernel.querysets import ScopedQuerySet


class RolloutState(models.TextChoices):
    """States of a rollout; the moves are in `fleet.rollouts.moves`."""

    DRAFT = "draft", "Draft"
    PLANNED = "planned", "Planned"
    APPROVED = "approved", "Approved"
    SCHEDULED = "scheduled", "Scheduled"
    RUNNING = "running", "Running"
    PAUSING = "pausing", "Pausing"
    PAUSED = "paused", "Paused"
    CANCELLING = "cancelling", "Cancelling"
    SUCCEEDED = "succeeded", "Succeeded"
    COMPLETED_WITH_FAILURES = "completed_with_failures", "Completed with failures"
    ABORTED = "aborted", "Aborted"
    CANCELLED = "cancelled", "Cancelled"
    ROLLING_BACK = "rolling_back", "Rolling back"
    ROLLED_BACK = "rolled_back", "Rolled back"


class PauseCause(models.TextChoices):
    """Why a rollout stands still."""

    NONE = "", "Not paused"
    OPERATOR = "operator", "Somebody paused it"
    THRESHOLD = "threshold", "Too many devices went wrong"
    WINDOW_CLOSED = "window_closed", "Outside its windows"
    EMERGENCY_STOP = "emergency_stop", "An emergency stop covers its devices"
    WITHDRAWN = "artifact_withdrawn", "What it brings may no longer be started"
    RIGHTS = "rights", "Whoever started it may not do this any more"


class PhaseState(models.TextChoices):
    """States of a phase."""

    PENDING = "pending", "Pending"
    RUNNING = "running", "Running"
    SOAKING = "soaking", "Soaking"
    GATE = "gate", "Waits for a person"
    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Skipped"


class MemberState(models.TextChoices):
    """Where one device stands; the final ones are those of a job's target."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    UNKNOWN = "unknown", "Being asked"
    SUCCEEDED = "succeeded", "Succeeded"
    ALREADY_DONE = "already_done", "Already done"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    REJECTED = "rejected", "Rejected"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"
    TIMED_OUT = "timed_out", "Timed out"
    ROLLED_BACK = "rolled_back", "Rolled back"
    ROLLBACK_FAILED = "rollback_failed", "Rollback failed"
    NEEDS_HUMAN = "needs_human", "Needs a person"


#: States in which a rollout is looked after by the controller.
IN_HAND: Final = (
    RolloutState.SCHEDULED,
    RolloutState.RUNNING,
    RolloutState.PAUSING,
    RolloutState.PAUSED,
    RolloutState.CANCELLING,
    RolloutState.ROLLING_BACK,
)


class RolloutRows(ScopedQuerySet["Rollout"]):
    """Rollouts are seen where all their devices stand."""

    path_field = "site_path"


class Rollout(models.Model):
    """What is brought to whom, in whose name, and how far it is.

    `input` is the operation's input without the device; `site_path` the place that holds all
    members. `started_*` is who started it: each device is reached under the rights that this
    caller has at that moment. `ignores_windows` was set by somebody in an emergency. `version`
    counts the moves.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    name = models.CharField(max_length=100)
    operation = models.CharField(max_length=80)
    input = models.JSONField(default=dict)
    sealed_input = models.BinaryField()
    state = models.CharField(
        max_length=23, choices=RolloutState.choices, default=RolloutState.DRAFT
    )
    cause = models.CharField(max_length=18, choices=PauseCause.choices, default="", blank=True)
    sentence = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=0)
    site_path = models.CharField(max_length=300, default="/")
    takes_back = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="taken_back_by"
    )

    created_by = models.CharField(max_length=150)
    starter = models.JSONField(null=True)
    face = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    trace_id = models.CharField(max_length=64, blank=True)

    ignores_windows = models.BooleanField(default=False)
    not_before = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    system = models.Manager["Rollout"]()
    objects = RolloutRows.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("tenant_id", "-id"), name="fleet_rollouts_of_tenant"),
            models.Index(
                fields=("state",),
                name="fleet_rollouts_in_hand",
                condition=models.Q(state__in=IN_HAND),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Phase(models.Model):
    """One part of a rollout: its frozen rules, and how it went.

    `rules` is a validated `PhaseRules`. `tolerated` is how many bad ends a person accepted when
    the rollout was resumed after a threshold.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="phases")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    rules = models.JSONField()
    state = models.CharField(max_length=8, choices=PhaseState.choices, default=PhaseState.PENDING)
    tolerated = models.PositiveIntegerField(default=0)
    soak_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    sentence = models.CharField(max_length=500, blank=True)

    objects = models.Manager["Phase"]()

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("rollout", "number"), name="fleet_phase_number"),
        )

    def __str__(self) -> str:
        return f"phase {self.number} ({self.name})"


class MemberRows(ScopedQuerySet["Member"]):
    """Members are seen where their device is seen."""

    tenant_field = "rollout__tenant_id"
    path_field = "device__site_path"
    device_field = "device_id"


class Member(models.Model):
    """One device of a rollout, frozen into its phase when the rollout was planned.

    `overrides` are fields of the input that differ for this device (where earlier values are
    brought back). `job_id` is the job of the newest attempt.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="members")
    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="members")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="memberships")
    place = models.PositiveIntegerField()
    overrides = models.JSONField(default=dict)
    state = models.CharField(max_length=15, choices=MemberState.choices, default=MemberState.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    job_id = models.UUIDField(null=True, unique=True)
    jobs_before = ArrayField(models.UUIDField(), default=list)
    detail = models.CharField(max_length=500, blank=True)
    not_before = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    system = models.Manager["Member"]()
    objects = MemberRows.as_manager()

    class Meta:
        ordering = ("place",)
        constraints = (
            models.UniqueConstraint(fields=("rollout", "device"), name="fleet_member_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=(MemberState.QUEUED, *TERMINAL))
                | models.Q(job_id__isnull=False),
                name="fleet_running_member_has_a_job",
            ),
        )
        indexes = (models.Index(fields=("phase", "state"), name="fleet_members_of_phase"),)

    def __str__(self) -> str:
        return f"{self.device_id} {self.state}"
