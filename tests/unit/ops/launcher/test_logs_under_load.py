"""A log written without rest stays bounded, and what is kept of it is whole lines in order."""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from apps.ops.launcher import logs
from tests.support.engines import until

MOST, CUTS, WIDTH = 200_000, 6, 100
WRITER = f"""
import itertools, os
for number in itertools.count():
    os.write(1, f"{{number:0{WIDTH - 1}d}}\\n".encode())
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A child that appends numbered lines as fast as it can."""
    log = logs.open_log(tmp_path, "busy")
    process = subprocess.Popen([sys.executable, "-c", WRITER], stdout=log)
    os.close(log)
    yield process
    process.kill()
    process.wait()


def numbers(path: Path) -> list[int]:
    """The lines of a log; fails on one that is torn."""
    lines = path.read_bytes().split(b"\n")
    assert lines.pop() == b"", f"{path} ends within a line"
    assert {len(line) for line in lines} <= {WIDTH - 1}
    return [int(line) for line in lines]


def test_log_is_cut_again_and_again_while_it_is_written(
    tmp_path: Path, writer: "subprocess.Popen[bytes]"
) -> None:
    current = tmp_path / "busy.log"
    for _ in range(CUTS):
        until(lambda: current.stat().st_size > MOST, 20, lambda: "nobody writes")
        logs.trim(tmp_path, most_bytes=MOST)
    until(lambda: current.stat().st_size > 0, 20, lambda: "nobody writes")
    writer.kill()
    writer.wait()
    kept = sorted(tmp_path.iterdir(), reverse=True)  # the oldest first
    assert [path.name for path in kept] == ["busy.log.3", "busy.log.2", "busy.log.1", "busy.log"]
    found = [number for path in kept for number in numbers(path)]
    gaps = [after - before for before, after in pairwise(found)]
    assert min(gaps) == 1, "a line is there twice, or out of order"
    assert sum(gap > 1 for gap in gaps) <= logs.KEEP, "lines are missing elsewhere than at a cut"
    assert found[0] > 0
