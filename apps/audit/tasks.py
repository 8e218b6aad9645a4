"""What Celery runs of this app: sealing each second, and a check of the whole trail."""

import structlog
from celery import shared_task
from prometheus_client import Gauge

from apps.audit import sealer, trail

LAG = Gauge(
    "audit_seal_lag_seconds", "Age of the oldest unsealed entry.", multiprocess_mode="mostrecent"
)
PROBLEMS = Gauge(
    "audit_trail_problems", "Problems the last check found.", multiprocess_mode="mostrecent"
)

log = structlog.get_logger(__name__)


@shared_task(name="audit.seal", ignore_result=True)
def seal() -> None:
    """Every second: seal what was committed."""
    sealer.seal_all()
    LAG.set(sealer.lag())


@shared_task(name="audit.verify", ignore_result=True)
def verify() -> None:
    """Every night: check the trail from the first seal to the last."""
    report = trail.check()
    PROBLEMS.set(len(report.problems))
    if report.problems:
        log.critical("audit trail is not sound", problems=report.problems[:20])
    else:
        log.info("audit trail is sound", entries=report.entries, seals=report.seals)
