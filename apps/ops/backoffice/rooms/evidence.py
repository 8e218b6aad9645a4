"""The audit log: to be read, never to be touched."""

from apps.ops.backoffice.rows import Rows


class AuditRows(Rows):
    """Evidence, newest first. The database refuses changes as well."""

    fields = (
        "id",
        "at",
        "entry",
        "intent",
        "operation",
        "face",
        "actor_kind",
        "actor_id",
        "actor_label",
        "acts_for",
        "client",
        "address",
        "object_kind",
        "object_id",
        "object_label",
        "site_path",
        "verdict",
        "detail",
        "reason",
        "input",
        "before",
        "after",
        "plan_hash",
        "call_id",
        "job_id",
        "request_id",
        "trace_id",
        "duration_ms",
    )
    list_display = ("at", "entry", "actor_label", "face", "operation", "object_label", "verdict")
    list_filter = ("entry",)
    lookups = ("object_id", "call_id", "job_id", "request_id")
    search_fields = ("operation", "actor_label", "object_label", "request_id")
