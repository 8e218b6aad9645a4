"""What Celery runs of this app: the days of its tables, the inventory, and the counting."""

from datetime import timedelta

import structlog
from celery import shared_task

from apps.kernel import clock, partitions
from apps.qsys.exports.files import exports_sweep
from apps.qsys.inventory.designs import designs_follow, runs_forget
from apps.qsys.inventory.following import inventory_follow, spells_forget
from apps.qsys.models import EVENTS, PAGES_KEEP_DAYS, PARTITIONED
from apps.qsys.services.paging.forgetting import pages_forget
from apps.qsys.statistics.counting import tallies_count

log = structlog.get_logger(__name__)


@shared_task(name="qsys.partitions", ignore_result=True)
def days_turn() -> None:
    """Every hour: the days ahead are made, those past their keep are dropped."""
    for table in PARTITIONED:
        made, dropped = partitions.ensure(table), partitions.drop_old(table)
        if made or dropped:
            log.info("partitions turned", table=table.name, made=made, dropped=dropped)
    now = clock.now()
    oldest = now - timedelta(days=EVENTS.keep_days)
    spells_forget(oldest)
    runs_forget(oldest)
    pages_forget(now - timedelta(days=PAGES_KEEP_DAYS))


@shared_task(name="qsys.follow", ignore_result=True)
def follow() -> None:
    """Every five seconds: what Cores report of themselves and run is written down."""
    inventory_follow()
    designs_follow()


@shared_task(name="qsys.tally", ignore_result=True)
def tally() -> None:
    """Every minute: what was stored is counted, control by control."""
    tallies_count()


@shared_task(name="qsys.exports", ignore_result=True)
def exports() -> None:
    """Every five minutes: exported files whose time is over, or that are nobody's, are deleted."""
    exports_sweep()
