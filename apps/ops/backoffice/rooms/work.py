"""Jobs and schedules."""

from apps.ops.backoffice.rows import Rows
from apps.ops.backoffice.verbs import Verb, each


class JobRows(Rows):
    """Long work, newest first. Inputs are shown as they were written down: without secrets."""

    fields = (
        "id",
        "operation",
        "state",
        "actor_kind",
        "actor_label",
        "face",
        "reason",
        "object_label",
        "site_path",
        "input",
        "output",
        "failure_code",
        "failure_detail",
        "done",
        "total",
        "sentence",
        "wake_at",
        "lease_owner",
        "lease_until",
        "deaths",
        "steps",
        "retries",
        "cancel",
        "retry_of",
        "call_id",
        "request_id",
        "trace_id",
        "created_at",
        "started_at",
        "finished_at",
    )
    list_display = ("operation", "object_label", "state", "actor_label", "created_at")
    list_filter = ("state",)
    search_fields = ("operation", "object_label", "actor_label", "request_id")
    verbs = (
        Verb("cancel", "Ask the chosen jobs to stop", "jobs.job.cancel", each("job")),
        Verb("retry", "Do the chosen jobs once more …", "jobs.job.retry", each("job")),
    )


class ScheduleRows(Rows):
    """What runs by itself."""

    fields = (
        "id",
        "name",
        "operation",
        "input",
        "cron",
        "time_zone",
        "enabled",
        "owner_id",
        "site_path",
        "overlap",
        "catch_up",
        "jitter_seconds",
        "next_run_at",
        "last_run_at",
        "last_verdict",
        "last_detail",
        "last_job_id",
        "created_at",
    )
    list_display = ("name", "operation", "cron", "time_zone", "enabled", "next_run_at")
    list_filter = ("enabled",)
    search_fields = ("name", "operation")
    verbs = (
        Verb("pause", "Pause the chosen schedules", "jobs.schedule.pause", each("schedule")),
        Verb("resume", "Resume the chosen schedules", "jobs.schedule.resume", each("schedule")),
        Verb("delete", "Delete the chosen schedules", "jobs.schedule.delete", each("schedule")),
    )
