"""`make test`: installs what the tests need, then runs them all; nothing is skipped in silence."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from apps.ops.launcher import assets, bootstrap, chromium, node
from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.say import say
from apps.ops.launcher.state import CHECKOUT

PARTIES = CHECKOUT / "tests" / "parties"
BROWSER = CHECKOUT / "tests" / "browser"
PARTIES_VENV = ".venv-parties"
PARTIES_LOCK = "requirements/parties.txt"
PARALLEL = ("-n", os.environ.get("TEST_WORKERS", "2"), "--dist", "loadgroup")
SECOND_TRY = ("--reruns", "1", "-r", "R")
"""Real processes can be starved on a shared machine; what needed a second try is listed."""
LOWER_FLOORS = ("kernel", "accounts", "audit", "events", "jobs", "operations", "fleet")
LEAST, LOWER_LEAST = 85, 95
"""Per cent of lines and branches that tests run, of all code and of the lower floors."""
MEASURED = CHECKOUT / "coverage.json"


def prepare() -> dict[str, str]:
    """Installs browser libraries, npm clients, axe-core, Python clients and a browser.

    Returns the variables by which tests find them. Raises LaunchError with the command to run.
    """
    assets.ensure()
    node.install(PARTIES)
    node.install(BROWSER)
    if bootstrap.main(["--venv", PARTIES_VENV, "--lock", PARTIES_LOCK]):
        raise LaunchError(
            "The independent clients could not be installed. Run: python -m "
            f"apps.ops.launcher.bootstrap --venv {PARTIES_VENV} --lock {PARTIES_LOCK}"
        )
    return {
        "CHROMIUM": chromium.ensure(),
        "PARTIES_PYTHON": str(CHECKOUT / PARTIES_VENV / "bin" / "python"),
        "NODE": str(node.folder() / "bin" / "node"),
    }


def main(arguments: Sequence[str]) -> int:
    """Everything, measured; or, with arguments, what they say of pytest."""
    try:
        found = prepare()
    except LaunchError as error:
        say(str(error))
        return 1
    environ = {**os.environ, **found}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if arguments:
        return pytest(arguments, environ)
    with tempfile.TemporaryDirectory() as folder:
        failed = pytest([*PARALLEL, *SECOND_TRY], {**environ, "MEASURE_INTO": folder})
        return failed or floors(merged(Path(folder)))


def pytest(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, env=environ, check=False).returncode  # noqa: S603 - our own pytest


def merged(folder: Path) -> dict[str, Any]:
    """What all workers ran (tests/support/covering.py), printed as a table and kept as JSON."""
    files = [str(path) for path in sorted(folder.glob("*.json"))]
    command = [sys.executable, "-m", "slipcover", "--json", "--out", str(MEASURED), "--merge"]
    subprocess.run([*command, *files], cwd=CHECKOUT, check=True)  # noqa: S603 - our own command
    return dict(json.loads(MEASURED.read_text()))


def floors(measured: Mapping[str, Any]) -> int:
    """The floors everything stands on have to be covered more closely than the rest."""
    lower = tuple(f"apps/{name}/" for name in LOWER_FLOORS)
    every = list(measured["files"].items())
    total = covered([found for _, found in every])
    low = covered([found for path, found in every if path.startswith(lower)])
    say(f"All code is covered to {total:.1f} % (at least {LEAST} % is asked for).")
    say(f"Floors 0 to 3 are covered to {low:.1f} % (at least {LOWER_LEAST} % is asked for).")
    return 0 if total >= LEAST and low >= LOWER_LEAST else 1


def covered(files: Sequence[Mapping[str, Any]]) -> float:
    """Per cent of their lines and branches that were run."""
    run = missed = 0
    for found in files:
        run += len(found["executed_lines"]) + len(found["executed_branches"])
        missed += len(found["missing_lines"]) + len(found["missing_branches"])
    return 100 * run / max(run + missed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
