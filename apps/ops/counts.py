"""What the database counts for `/metrics`, one cheap query a family."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Family:
    """One gauge. The query's last column is the value, those before it are the labels."""

    name: str
    help: str
    query: str
    labels: tuple[str, ...] = ()


FAMILIES: Final = (
    Family(
        "job_depth",
        "Jobs that wait for a worker.",
        "SELECT count(*) FROM jobs_job WHERE state = 'queued'",
    ),
    Family(
        "job_oldest_age_seconds",
        "Age of the oldest job that waits for a worker.",
        "SELECT extract(epoch FROM now() - min(created_at)) FROM jobs_job WHERE state = 'queued'",
    ),
    Family(
        "job_open",
        "Jobs that are not over, by state.",
        "SELECT state, count(*) FROM jobs_job"
        " WHERE state IN ('queued', 'running', 'waiting', 'reconciling') GROUP BY state",
        ("state",),
    ),
    Family(
        "job_finished_last_hour",
        "Jobs that ended within the hour, by final state.",
        "SELECT state, count(*) FROM jobs_job WHERE finished_at > now() - interval '1 hour'"
        " GROUP BY state",
        ("state",),
    ),
    Family(
        "device_count",
        "Active devices, by kind and liveness.",
        "SELECT device.kind, coalesce(state.liveness, 'never'), count(*)"
        " FROM fleet_device AS device"
        " LEFT JOIN fleet_devicestate AS state ON state.device_id = device.id"
        " WHERE device.status = 'active' GROUP BY 1, 2",
        ("kind", "liveness"),
    ),
    Family(
        "device_oldest_state_seconds",
        "Age of the oldest state of an active device.",
        "SELECT extract(epoch FROM now() - min(state.seen_at)) FROM fleet_devicestate AS state"
        " JOIN fleet_device AS device ON device.id = state.device_id"
        " WHERE device.status = 'active'",
    ),
    Family(
        "alert_open",
        "Alerts that are not over, by rule, severity and state.",
        "SELECT rule, severity, state, count(*) FROM fleet_alert"
        " WHERE state IN ('pending', 'firing') GROUP BY 1, 2, 3",
        ("rule", "severity", "state"),
    ),
    Family(
        "alert_last_look_age_seconds",
        "Time since the tenant was looked at that waits longest.",
        "SELECT extract(epoch FROM now() - min(looked_at)) FROM fleet_alertround",
    ),
    Family(
        "alert_deliveries_waiting",
        "Messages about alerts that are still to be delivered.",
        "SELECT count(*) FROM fleet_delivery WHERE state = 'waiting'",
    ),
    Family(
        "alert_deliveries_dead",
        "Messages about alerts that were given up and wait for a person.",
        "SELECT count(*) FROM fleet_delivery WHERE state = 'dead'",
    ),
    Family(
        "audit_entries",
        "Rows of the audit log, as the planner estimates them.",
        "SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'audit_auditlog'::regclass",
    ),
    Family(
        "audit_last_entry_age_seconds",
        "Age of the newest audit row.",
        "SELECT extract(epoch FROM now() - max(at)) FROM audit_auditlog",
    ),
    Family(
        "audit_last_seal_age_seconds",
        "Age of the newest seal; 0 before the first.",
        "SELECT extract(epoch FROM now() - max(at)) FROM audit_seal",
    ),
    Family(
        "outbox_last_event_age_seconds",
        "Age of the newest event.",
        "SELECT extract(epoch FROM now() - max(at)) FROM events_outbox",
    ),
    Family(
        "outbox_oldest_event_age_seconds",
        "Age of the oldest event that is still kept.",
        "SELECT extract(epoch FROM now() - min(at)) FROM events_outbox",
    ),
    Family(
        "operation_open_claims",
        "Calls whose verdict is not known yet.",
        "SELECT count(*) FROM operations_idempotencykey WHERE reply IS NULL",
    ),
    Family(
        "operation_approvals_pending",
        "Requests that wait for a second person.",
        "SELECT count(*) FROM operations_approval WHERE state = 'pending'",
    ),
    Family(
        "db_pool_connections",
        "Connections to this database, by what they do.",
        "SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() GROUP BY 1",
        ("state",),
    ),
    Family(
        "db_pool_limit",
        "Connections that the server allows.",
        "SELECT current_setting('max_connections')::int",
    ),
)
