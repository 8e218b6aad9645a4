"""Reads of ten million stored changes: newest of a control and of a device, alone and by many.

The rows are made in the order of time in which pollers store them, over two days, 500 devices of
ten controls each. A query is the one that the product's selector sends, its rows fetched and made
into tuples; clients are threads with a connection each, in a process apart from PostgreSQL.
"""

import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.load.bench import Bench, median, percentile
from tests.load.qsys.site import Stores, stores
from tests.load.qsys.storing import sizes

ROWS: Final = 10_000_000
DEVICES: Final = 500
CONTROLS: Final = 10
NEWEST: Final = 1_000
READS: Final = 300
CLIENTS: Final = 100
#: Each client asks once in so many seconds, for so long.
PAUSE, SECONDS = 5.0, 15.0

# Many controls at once, none twice in a moment; a device's controls are neighbours.
FILL: Final = """
INSERT INTO qsys_change (at, number, previous, source_id, control_id, origin_id, position, string,
    previous_string)
SELECT %(start)s + n * %(step)s, -20, -21, 1 + c / %(controls)s, 1 + c, 1, 0.66, '-20.0dB',
    '-21.0dB'
FROM (SELECT n, (n::bigint * 7919) %% (%(devices)s * %(controls)s) AS c
    FROM generate_series(%(first)s, %(last)s) AS n) AS one
"""
CHUNK: Final = 500_000


def main() -> None:
    bench = Bench(
        "qsys-queries",
        f"{ROWS:,} stored changes of {DEVICES} devices x {CONTROLS} controls, newest {NEWEST:,}",
    )
    with stores(["127.0.0.1"]) as kept:
        devices = fill()
        heap, whole, rows = sizes()
        bench.add("changes stored", rows, "", least=ROWS)
        bench.add("discrete event in the heap", heap / rows, "B", most=100)
        bench.add("discrete event with indexes", whole / rows, "B", most=180)
        measure(bench, kept, devices)
    bench.report()


def fill() -> list[Any]:
    """Ten million rows; the devices they are of."""
    from django.db import connection

    from apps.qsys.models import Control
    from tests.support import factories

    tenant = factories.tenant()
    devices = [factories.device(tenant, address=f"10.0.{n // 250}.{n % 250}")
               for n in range(DEVICES)]  # fmt: skip
    Control.system.bulk_create(
        Control(device=device, component="Zone", name=f"gain.{n}")
        for device in devices
        for n in range(CONTROLS)
    )
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0) - timedelta(days=1)
    step = (datetime.now(UTC) - start) / ROWS
    with connection.cursor() as cursor:
        for device in devices:
            cursor.execute("INSERT INTO qsys_source (device_id) VALUES (%s)", [device.id])
        cursor.execute(
            "INSERT INTO qsys_origin (call_id, cause, actor, design_code) VALUES"
            " ('00000000-0000-0000-0000-000000000000', 'device', '', 'Design code!')"
        )
        for first in range(1, ROWS, CHUNK):
            given: dict[str, Any] = {"start": start, "step": step, "first": first}
            given["last"] = first + CHUNK - 1
            cursor.execute(FILL, {**given, "devices": DEVICES, "controls": CONTROLS})
        cursor.execute("VACUUM ANALYZE qsys_change")
    return devices


def measure(bench: Bench, kept: Stores, devices: list[Any]) -> None:
    """Each question, then many clients, then a burst."""
    from apps.qsys.models import Control

    rng = random.Random(7)
    known = list(Control.system.values_list("id", "device_id"))
    by_id = {device.id: device for device in devices}

    def of_device() -> int:
        return asked(rng.choice(devices), None)

    def of_control() -> int:
        control, device = rng.choice(known)
        return asked(by_id[device], control)

    for name, once in (("one device", of_device), ("one control", of_control)):
        waits = [clocked(once) for _ in range(READS)]
        bench.add(f"newest of {name}, p50", median(waits), "ms")
        bench.add(f"newest of {name}, p95", percentile(waits, 95), "ms", most=10)
    spent, began = kept.cpu(), time.monotonic()
    waits = by_many(of_device, SECONDS)
    took = time.monotonic() - began
    name = f"{CLIENTS} clients, each every {PAUSE:g} s"
    bench.add(f"{name}: answers", len(waits) / took, "1/s")
    bench.add(f"{name}: p95", percentile(waits, 95), "ms", most=100)
    bench.add(f"{name}: CPU of the stores", (kept.cpu() - spent) / took, "cores")
    bursts = [max(by_many(of_device, 0.0)) for _ in range(5)]
    bench.add(f"burst of {CLIENTS} at once: last answer", median(bursts), "ms", most=1_000)


def asked(device: Any, control: int | None) -> int:
    """The newest changes of a device, or of a control of it; how many there were."""
    from apps.qsys.models import Control
    from apps.qsys.selectors.choosing import chosen

    wanted = None if control is None else Control(id=control)
    rows = chosen(device, control=wanted).order_by("-at", "-control_id")[:NEWEST]
    found = list(rows.values_list())
    if len(found) < NEWEST:
        raise SystemExit(f"{len(found)} rows, more were stored")
    return len(found)


def clocked(once: Callable[[], int]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    once()
    return (time.perf_counter() - began) * 1000


def by_many(once: Callable[[], int], seconds: float) -> list[float]:
    """Milliseconds of every answer; without `seconds` all ask once, at the same moment."""
    from django.db import connection

    waits: list[float] = []
    ready = threading.Barrier(CLIENTS)
    opening = threading.Semaphore(4)

    def client(number: int) -> None:
        with opening:
            connection.ensure_connection()
        ready.wait()
        end = time.monotonic() + seconds
        if seconds:
            time.sleep(PAUSE * number / CLIENTS)
        while True:
            waits.append(clocked(once))
            if time.monotonic() + PAUSE >= end:
                break
            time.sleep(PAUSE)
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


if __name__ == "__main__":
    main()
