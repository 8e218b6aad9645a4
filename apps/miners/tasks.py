"""What Celery runs of this app."""

from celery import shared_task

from apps.kernel.partitions import drop_old, ensure
from apps.miners.models.sample import SAMPLES


@shared_task(name="miners.partitions", ignore_result=True)
def partitions() -> None:
    """Every hour: tomorrow's partition is there, and those past their time are not."""
    ensure(SAMPLES)
    drop_old(SAMPLES)
