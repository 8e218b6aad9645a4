"""Days are made ahead of time and dropped whole; who looks after it says when it fails."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from django.db import connection

from apps.fleet.models import DeviceState, Liveness
from apps.kernel import clock, partitions
from apps.kernel.ids import new_id
from apps.kernel.partitions import PartitionedTable
from apps.operations.health import Health
from apps.qsys import health
from apps.qsys.models import EVENTS, FRAMES, PAGES_KEEP_DAYS, SECONDS, Page, PageStage
from apps.qsys.tasks import days_turn
from apps.qsys.telemetry import Batch, Spill, spill_folder
from apps.qsys.telemetry.store import store
from tests.support import factories
from tests.unit.qsys.telemetry.made import change, now_us, samples

TABLES = (EVENTS, FRAMES, SECONDS)
pytestmark = pytest.mark.django_db


def test_the_migration_leaves_room_for_today_and_tomorrow() -> None:
    today = clock.now().astimezone(UTC).date()
    for table in TABLES:
        days = partitions.existing(table)
        assert partitions.partition(table, today) in days
        assert partitions.partition(table, today + timedelta(days=1)) in days


def test_the_running_product_owns_what_it_has_to_split_and_drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relkind IN ('r', 'p')"
            " AND relname ~ '^qsys_(event|frame|second)'"
        )
        assert cursor.fetchall() == [(partitions.RUNTIME_ROLE,)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_days_past_their_keep_are_dropped_with_their_rows(table: PartitionedTable) -> None:
    store(Batch(changes=[change()], samples=[samples()]), [])
    present = clock.now()
    today = partitions.partition(table, present.astimezone(UTC).date())
    with clock.using(clock.ManualClock(present + timedelta(days=table.keep_days))):
        days_turn()
        assert today in partitions.existing(table)
        assert rows_of(table) > 0
    with clock.using(clock.ManualClock(present + timedelta(days=table.keep_days + 1))):
        days_turn()
        assert today not in partitions.existing(table)
        assert rows_of(table) == 0


def test_pages_go_ninety_days_after_they_were_over_without_another_page() -> None:
    device, now = factories.device(), clock.now()
    for state in (PageStage.DONE, PageStage.UNKNOWN, PageStage.OUTPUT):
        Page.system.create(
            device=device,
            job_id=new_id(),
            call_id=new_id(),
            mode="live",
            priority=3,
            state=state,
            submitted_at=now - timedelta(days=1),
            changed_at=now,
            heard_at=now,
        )
    for later, left in ((0, 3), (1, 1)):
        with clock.using(clock.ManualClock(now + timedelta(days=PAGES_KEEP_DAYS, seconds=later))):
            days_turn()
        assert Page.system.count() == left
    assert Page.system.get().state == PageStage.OUTPUT


def rows_of(table: PartitionedTable) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table.name}")
        return int(cursor.fetchone()[0])


def test_a_day_later_there_is_room_for_another_day() -> None:
    before = {table.name: len(partitions.existing(table)) for table in TABLES}
    with clock.using(clock.ManualClock(clock.now() + timedelta(days=1))):
        days_turn()
    assert [len(partitions.existing(one)) - before[one.name] for one in TABLES] == [1, 1, 1]


def test_a_change_is_found_by_an_index_of_its_day() -> None:
    store(Batch(changes=[change(n, at_us=now_us() + n) for n in range(2000)]), [])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE qsys_change")
        cursor.execute(
            "EXPLAIN SELECT * FROM qsys_event WHERE control_id = 7 ORDER BY at DESC LIMIT 1"
        )
        steps = "\n".join(row[0] for row in cursor.fetchall())
    today = partitions.partition(EVENTS, clock.now().astimezone(UTC).date())
    assert f"Index Scan Backward using {today}_control_id_at_idx" in steps


def test_health_warns_before_tomorrow_has_no_room() -> None:
    assert health.storage().status is Health.OK
    with clock.using(clock.ManualClock(clock.now() + timedelta(days=2))):
        found = health.storage()
    assert (found.status, "qsys_change" in found.detail) == (Health.DEGRADED, True)


WAITING = "Changes wait on disk for the database, in 1 files."


def test_health_tells_of_changes_that_wait_on_disk() -> None:
    spill = Spill(spill_folder())
    assert spill.keep([change()])
    found = health.storage()
    with spill.oldest():
        pass
    assert (found.status, found.detail) == (Health.DEGRADED, WAITING)
    assert health.storage().status is Health.OK


def test_health_counts_silent_cores() -> None:
    assert health.cores().status is Health.OK
    for liveness in (Liveness.OK, Liveness.LOST, Liveness.NEVER):
        DeviceState.objects.create(device=factories.device(), liveness=liveness)
    found = health.cores()
    assert (found.status, found.detail) == (Health.DEGRADED, "1 of 3 Cores are silent.")
    DeviceState.objects.filter(liveness=Liveness.OK).update(liveness=Liveness.STALE)
    assert health.cores().status is Health.ERROR
