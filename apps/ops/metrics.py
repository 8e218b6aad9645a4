"""`/metrics`: the counters of all processes, and what only the database can count."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import psutil
from django.db import connection
from prometheus_client import CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from apps.fleet.metrics import collect as fleet_gauges
from apps.ops import counts

DIRECTORY: Final = "PROMETHEUS_MULTIPROC_DIR"
_LIVE_FILE: Final = re.compile(r"gauge_live.*_(\d+)\.db")


def exposition() -> bytes:
    """Everything in Prometheus' text format. Asks the database once."""
    registry = all_processes()
    registry.register(AtScrape())
    return generate_latest(registry)


def all_processes() -> CollectorRegistry:
    """A new registry over all processes where they share a directory, else over this one."""
    registry = CollectorRegistry()
    if DIRECTORY in os.environ:
        forget_the_dead(Path(os.environ[DIRECTORY]))
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(ThisProcess())
    return registry


def forget_the_dead(folder: Path) -> None:
    """Drop the gauges of processes that are gone; their counters stay in the sums."""
    pids = {int(found[1]) for file in folder.iterdir() if (found := _LIVE_FILE.match(file.name))}
    for pid in pids:
        if not psutil.pid_exists(pid):
            multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def hit_ratio() -> float | None:
    """Hits among the cache's reads of all processes; None before the first."""
    totals = {"mcp_cache_hits_total": 0.0, "mcp_cache_misses_total": 0.0}
    for family in all_processes().collect():
        for sample in family.samples:
            if sample.name in totals:
                totals[sample.name] += sample.value
    return ratio(totals["mcp_cache_hits_total"], totals["mcp_cache_misses_total"])


def ratio(hits: float, misses: float) -> float | None:
    """`hits` among all; None when there were none."""
    return hits / (hits + misses) if hits + misses else None


class ThisProcess(Collector):
    """The default registry as one collector."""

    def collect(self) -> Iterable[Metric]:
        yield from REGISTRY.collect()


class AtScrape(Collector):
    """Gauges that are computed when somebody looks: rows of the database, and the hit ratio."""

    def collect(self) -> Iterable[Metric]:
        yield gauge("cache_hit_ratio", "Hits among reads of the cache.", hit_ratio() or 0.0)
        with connection.cursor() as cursor:
            for family in counts.FAMILIES:
                yield measured(family, cursor)
        yield from fleet_gauges()


def measured(family: counts.Family, cursor: Any) -> Metric:
    """One family with the rows that its query gives now."""
    cursor.execute(family.query)
    found = GaugeMetricFamily(family.name, family.help, labels=family.labels)
    for *labels, value in cursor.fetchall():
        found.add_metric([str(label) for label in labels], float(value or 0))
    return found


def gauge(name: str, text: str, value: float) -> Metric:
    """A gauge without labels."""
    found = GaugeMetricFamily(name, text)
    found.add_metric([], value)
    return found
