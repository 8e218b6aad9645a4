"""What storing costs: the product's store beside a bare binary COPY, and bytes a row on disk."""

import time
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from tests.load.bench import Bench, median, percentile
from tests.load.qsys.site import stores

ROUNDS, ROWS, BATCH = 5, 40_000, 20_000
CONTROLS: Final = 2_000
READS: Final = 60
#: What bare COPY writes.
COLUMNS: Final = {
    "at": "timestamptz", "number": "float8", "previous": "float8", "source_id": "int4",
    "control_id": "int4", "origin_id": "int4", "position": "float4", "string": "text",
    "previous_string": "text",
}  # fmt: skip


def main() -> None:
    says = f"rounds of {ROWS:,} discrete events in batches of {BATCH:,}, the two ways in turn"
    bench = Bench("qsys-storing", says)
    with stores(["127.0.0.1"]):
        measure(bench)
    bench.report()


def measure(bench: Bench) -> None:
    """Rates, sizes and reads of one table."""
    from apps.qsys.telemetry import store
    from apps.qsys.telemetry.buffer import Batch

    ours: list[float] = []
    bare: list[float] = []
    place = devices()
    for number in range(ROUNDS + 1):
        bare.append(rate(copied, as_tuples(made(place, 2 * number))))
        ours.append(rate(lambda rows: store.store(Batch(rows), []), made(place, 2 * number + 1)))
    analyze()
    bench.add("bare binary COPY", median(bare[1:]), "rows/s")
    bench.add("the product's store", median(ours[1:]), "rows/s")
    share = 100 * median([a / b for a, b in zip(ours[1:], bare[1:], strict=True)])
    bench.add("store to bare COPY", share, "%", least=70)
    heap, whole, rows = sizes()
    bench.add("discrete event in the heap", heap / rows, "B", most=100)
    bench.add("discrete event with indexes", whole / rows, "B", most=180)
    waits = [asked(place) for _ in range(READS)]
    bench.add(f"last 1,000 of {rows:,} events, p50", median(waits), "ms")
    bench.add(f"last 1,000 of {rows:,} events, p95", percentile(waits, 95), "ms", most=10)


def devices() -> Any:
    """The one place all rows belong to."""
    from apps.qsys.telemetry import Place

    return Place(uuid4(), uuid4(), "/")


def made(place: Any, number: int) -> list[list[Any]]:
    """Batches of changes as the poller makes them; times grow."""
    from apps.qsys.poller.intake import DEVICE
    from apps.qsys.telemetry import Change

    base = int(time.time() * 1e6) + number * ROWS * 7
    rows = [
        Change(place, 1 + n % CONTROLS, "Zone", "gain", base + n * 7, -20.0, "-20.0dB", 0.66, -21.0,
               "-21.0dB", "Design code!", DEVICE)
        for n in range(ROWS)
    ]  # fmt: skip
    return [rows[start : start + BATCH] for start in range(0, ROWS, BATCH)]


def rate(work: Callable[[list[Any]], None], batches: list[list[Any]]) -> float:
    """Rows a second."""
    began = time.perf_counter()
    for batch in batches:
        work(batch)
    return ROWS / (time.perf_counter() - began)


def copied(tuples: list[Any]) -> None:
    """Rows that are tuples already, by nothing but COPY, in one transaction."""
    from django.db import connection, transaction

    statement = f"COPY qsys_change ({', '.join(COLUMNS)}) FROM STDIN (FORMAT binary)"
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.cursor.copy(statement) as copy,
    ):
        copy.set_types(list(COLUMNS.values()))
        for row in tuples:
            copy.write_row(row)


def as_tuples(batches: list[list[Any]]) -> list[list[Any]]:
    """What bare COPY is given: its rows are made before its clock runs."""
    from apps.qsys.telemetry.store import moment

    return [
        [
            (moment(one.at_us), one.number, one.previous, 1, one.control_id, 1, one.position,
             one.string, one.previous_string)
            for one in batch
        ]
        for batch in batches
    ]  # fmt: skip


def sizes() -> tuple[int, int, int]:
    """Bytes of the heap, bytes with indexes, and rows of the event table."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_relation_size(relid)), sum(pg_total_relation_size(relid)),"
            " (SELECT count(*) FROM qsys_change) FROM pg_partition_tree('qsys_change') WHERE isleaf"
        )
        heap, whole, rows = cursor.fetchone()
        return int(heap), int(whole), int(rows)


def analyze() -> None:
    """Let the planner know the table, as autovacuum does before long."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE qsys_change")


def asked(place: Any) -> float:
    """Milliseconds for the last 1,000 events of the device."""
    from django.db import connection

    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM qsys_event WHERE source_id = (SELECT id FROM qsys_source WHERE"
            " device_id = %s) ORDER BY at DESC, control_id DESC"
            " LIMIT 1000",
            [place.device_id],
        )
        cursor.fetchall()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
