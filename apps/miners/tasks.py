"""What Celery runs of this app."""

from celery import shared_task

from apps.kernel.partitions import drop_old, ensure
from apps.miners.archives.files import archives_sweep
from apps.miners.curtail import reconciler
from apps.miners.curtail.triggers import acting
from apps.miners.models.rollup import ROLLUPS
from apps.miners.models.sample import SAMPLES
from apps.miners.rollups import rollups_make


@shared_task(name="miners.partitions", ignore_result=True)
def partitions() -> None:
    """Every hour: tomorrow's partitions are there, and those past their time are not."""
    for table in (SAMPLES, *ROLLUPS):
        ensure(table)
        drop_old(table)


@shared_task(name="miners.rollups", ignore_result=True)
def rollups() -> None:
    """Every minute: samples become minutes, minutes hours, of each miner and of each place."""
    rollups_make()


@shared_task(name="miners.archives", ignore_result=True)
def archives() -> None:
    """Every five minutes: support archives whose time is over, or nobody's, are deleted."""
    archives_sweep()


@shared_task(name="miners.curtail", ignore_result=True)
def curtail() -> None:
    """Every two seconds: each curtailment in hand is carried one step further."""
    reconciler.tick()


@shared_task(name="miners.triggers", ignore_result=True)
def triggers() -> None:
    """Every ten seconds: prices are fetched, and curtailments started and ended by them."""
    acting.tick()
