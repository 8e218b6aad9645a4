"""What Celery runs of this app: the days of its partitioned tables."""

import structlog
from celery import shared_task

from apps.kernel import partitions
from apps.qsys.models import EVENTS, FRAMES, SECONDS

PARTITIONED = (EVENTS, FRAMES, SECONDS)

log = structlog.get_logger(__name__)


@shared_task(name="qsys.partitions", ignore_result=True)
def days_turn() -> None:
    """Every hour: the days ahead are made, those past their keep are dropped whole."""
    for table in PARTITIONED:
        made, dropped = partitions.ensure(table), partitions.drop_old(table)
        if made or dropped:
            log.info("partitions turned", table=table.name, made=made, dropped=dropped)
