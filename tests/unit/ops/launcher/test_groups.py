"""Tests of one group run on one worker: else each worker starts a plane of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

from apps.ops.launcher.suite import PARALLEL

GROUPED = """
import pytest

@pytest.mark.xdist_group("plane")
@pytest.mark.parametrize("number", range(8))
def test_one(number):
    pass
"""


def test_a_group_stays_on_one_worker(tmp_path: Path) -> None:
    (tmp_path / "test_grouped.py").write_text(GROUPED)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = xdist_group\n")
    environ = {"PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:django", *PARALLEL]
    done = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120
    )
    workers = re.findall(r"\[(gw\d+)\].*PASSED", done.stdout)
    assert len(workers) == 8, done.stdout + done.stderr
    assert len(set(workers)) == 1
