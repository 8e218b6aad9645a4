"""Daily range partitions: made ahead of time, dropped whole when their time is over."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import connection

from apps.kernel import clock

RUNTIME_ROLE: Final = "controlplane_app"
_SUFFIX: Final = re.compile(r"_(\d{8})$")


@dataclass(frozen=True, slots=True)
class PartitionedTable:
    """A table split by day on a timestamp column. `keep_days` is its retention."""

    name: str
    keep_days: int
    ahead_days: int = 2


def ensure(table: PartitionedTable) -> list[str]:
    """Make the partitions of today and the days ahead; the names that are new."""
    today = clock.now().astimezone(UTC).date()
    wanted = [today + timedelta(days=offset) for offset in range(-1, table.ahead_days + 1)]
    have = set(existing(table))
    made = [partition(table, day) for day in wanted if partition(table, day) not in have]
    for day in wanted:
        if partition(table, day) in made:
            _create(table, day)
    return made


def drop_old(table: PartitionedTable) -> list[str]:
    """Drop partitions that lie wholly before the retention; their names."""
    oldest = clock.now().astimezone(UTC).date() - timedelta(days=table.keep_days)
    old = [name for name in existing(table) if _day_of(name) < oldest]
    with connection.cursor() as cursor:
        for name in old:
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(name)}")
    return old


def existing(table: PartitionedTable) -> list[str]:
    """Names of the daily partitions there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = to_regclass(%s) ORDER BY 1",
            [table.name],
        )
        return [row[0] for row in cursor.fetchall() if _SUFFIX.search(row[0])]


def partition(table: PartitionedTable, day: date) -> str:
    """The name of one day's partition."""
    return f"{table.name}_{day:%Y%m%d}"


def owned_by_application(table: str) -> str:
    """SQL that hands `table` to the role of the running product, which makes its partitions."""
    return f"""
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{RUNTIME_ROLE}') THEN
        ALTER TABLE {table} OWNER TO {RUNTIME_ROLE};
    END IF;
END $$;
"""  # names of our own tables  # nosec B608


def hand_over(table: PartitionedTable) -> None:
    """For migrations: give the table and first partitions to the role of the running product."""
    names = [table.name, *ensure(table)]
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(owned_by_application(name))


def _create(table: PartitionedTable, day: date) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    name, parent = (connection.ops.quote_name(n) for n in (partition(table, day), table.name))
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {parent} "
            f"FOR VALUES FROM ('{start.isoformat()}') "
            f"TO ('{(start + timedelta(days=1)).isoformat()}')"
        )


def _day_of(name: str) -> date:
    found = _SUFFIX.search(name)
    if found is None:
        raise ValueError(f"{name} is not a daily partition")
    return datetime.strptime(found.group(1), "%Y%m%d").replace(tzinfo=UTC).date()
