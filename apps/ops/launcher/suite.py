"""`make test`: installs what the tests need, then runs them all; nothing is skipped in silence."""

import os
import subprocess
import sys
from collections.abc import Sequence

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
LOWER_LEAST = 95
COVERAGE = ("--cov", "--cov-report=term:skip-covered", "--cov-report=xml")


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
    """Everything with coverage; or, with arguments, what they say of pytest."""
    try:
        found = prepare()
    except LaunchError as error:
        say(str(error))
        return 1
    environ = {**os.environ, **found}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    wanted = list(arguments) or [*PARALLEL, *SECOND_TRY, *COVERAGE]
    command = [sys.executable, "-m", "pytest", *wanted]
    failed = subprocess.run(command, cwd=CHECKOUT, env=environ, check=False).returncode  # noqa: S603 - our own pytest
    return failed if arguments or failed else lower_floors(environ)


def lower_floors(environ: dict[str, str]) -> int:
    """The floors everything stands on have to be covered more closely than the rest."""
    command = [sys.executable, "-m", "coverage", "report", "--format=total"]
    wanted = f"--include={','.join(f'apps/{name}/*' for name in LOWER_FLOORS)}"
    found = subprocess.run(  # noqa: S603 - our own coverage
        [*command, wanted, "--fail-under=0"],
        cwd=CHECKOUT,
        env=environ,
        check=False,
        capture_output=True,
        text=True,
    )
    total = int(found.stdout.strip() or 0)
    say(f"Floors 0 to 3 are covered to {total} % (at least {LOWER_LEAST} % is asked for).")
    return 0 if total >= LOWER_LEAST else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
