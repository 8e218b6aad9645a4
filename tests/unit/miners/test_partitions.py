from datetime import timedelta

from apps.kernel import clock as clocks
from apps.kernel.clock import ManualClock
from apps.kernel.partitions import existing, partition
from apps.miners.models.sample import SAMPLES
from apps.miners.tasks import partitions


def test_tomorrow_is_there_and_what_is_past_its_time_goes(db: None, clock: ManualClock) -> None:
    first = clocks.now().date()
    partitions()
    assert partition(SAMPLES, first + timedelta(days=1)) in existing(SAMPLES)
    clock.advance((SAMPLES.keep_days + 5) * 86_400)
    partitions()
    names = existing(SAMPLES)
    assert partition(SAMPLES, first) not in names
    assert partition(SAMPLES, clocks.now().date() + timedelta(days=1)) in names
