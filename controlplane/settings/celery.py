"""How Celery delivers: messages only wake, rows and leases recover."""

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "jobs"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# The sweep for lost messages runs every interval x throttle seconds; visibility may be long,
# because a lost job is found by its lease and not by its message.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_ROUTES = {
    "operations.run_job": {"queue": "jobs"},
    "fleet.deliver": {"queue": "jobs"},
    "fleet.poll_shard": {"queue": "pollers"},
    "*": {"queue": "ticks"},
}
CELERY_TIMEZONE = "UTC"
