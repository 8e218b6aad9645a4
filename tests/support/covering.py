"""Notes which lines and branches of our code the tests run, where `make test` asks for it.

SlipCover marks the code and takes each mark away once it was passed. coverage.py asks Python to
report every line of every library as well, which on 3.11 doubled the time of whatever runs in the
tests' own process. Loaded as a pytest plugin before all others, since code must be marked when it
is imported. Processes that tests start are not measured.
"""

import json
import os
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

FOLDER: Final = os.environ.get("MEASURE_INTO")
SETTINGS: Final = Path(__file__).resolve().parents[2] / "pyproject.toml"


def marking() -> Any:
    """Marks what is imported from here on, as [tool.slipcover] says; gives what collects."""
    import slipcover

    chosen = tomllib.loads(SETTINGS.read_text())["tool"]["slipcover"]
    where = {"omit": chosen["omit"]}
    made = slipcover.Slipcover(
        branch=True, source=chosen["source"], exclude_also=chosen["exclude-also"], **where
    )
    slipcover.ImportManager(
        made, slipcover.FileMatcher(sources=chosen["source"], **where)
    ).__enter__()
    return made


measured: Final = marking() if FOLDER else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Each worker writes a file of its own; the controller, which runs no test, writes none."""
    if FOLDER and measured and not session.config.pluginmanager.hasplugin("dsession"):
        name = os.environ.get("PYTEST_XDIST_WORKER", "main")
        (Path(FOLDER) / f"{name}.json").write_text(json.dumps(measured.get_coverage()))
