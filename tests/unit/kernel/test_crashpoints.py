import os
import subprocess
import sys

import pytest

from apps.kernel.crashpoints import KILLED

CODE = "from apps.kernel.crashpoints import reached; reached('here'); print('alive')"


def ended(**environ: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd(), **environ},
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.returncode, done.stdout.strip()


def test_a_named_place_is_where_the_process_dies() -> None:
    assert ended(CRASH_AT="here", ENVIRONMENT="test") == (KILLED, "")


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"CRASH_AT": "here"},
        {"CRASH_AT": "here", "ENVIRONMENT": "production"},
        {"CRASH_AT": "elsewhere", "ENVIRONMENT": "test"},
    ],
)
def test_otherwise_it_lives(environ: dict[str, str]) -> None:
    assert ended(**environ) == (0, "alive")
