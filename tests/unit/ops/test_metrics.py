"""What a scrape adds up: all processes, without the gauges of those that are gone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from apps.ops import counts, metrics

WRITER = """
import os
from prometheus_client import Counter, Gauge
Counter("sent_total", "Sent.").inc(3)
Gauge("held", "Held.", multiprocess_mode="livesum").set(5)
os._exit(0)
"""


def scrape() -> str:
    registry = metrics.all_processes()
    return metrics.generate_latest(registry).decode()


def test_a_dead_process_leaves_its_counts_and_takes_its_gauges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(metrics.DIRECTORY, str(tmp_path))
    environ = {**os.environ, metrics.DIRECTORY: str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", WRITER], env=environ, check=True)
    assert len(list(tmp_path.glob("gauge_livesum_*.db"))) == 2
    text = scrape()
    assert "sent_total 6.0" in text
    assert "held " not in text
    assert list(tmp_path.glob("gauge_live*.db")) == []


def test_the_ratio_is_of_all_reads() -> None:
    assert metrics.ratio(3, 1) == 0.75
    assert metrics.ratio(0, 0) is None


@pytest.mark.django_db
@pytest.mark.parametrize("family", counts.FAMILIES, ids=lambda family: family.name)
def test_every_query_gives_its_labels_and_a_number(family: counts.Family) -> None:
    with connection.cursor() as cursor:
        found = metrics.measured(family, cursor)
        assert cursor.description is not None
        assert len(cursor.description) == len(family.labels) + 1
    assert all(sample.value >= 0 for sample in found.samples)
    assert all(set(sample.labels) == set(family.labels) for sample in found.samples)


def test_names_of_families_are_unique() -> None:
    names = [family.name for family in counts.FAMILIES]
    assert len(names) == len(set(names))
