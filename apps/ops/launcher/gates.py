"""`make lint`: every gate a change passes before a test runs, each named with its command."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from apps.ops.launcher.say import say
from apps.ops.launcher.state import CHECKOUT

BASELINE = ".secrets.baseline"
CODE = ("apps", "controlplane")


def gates(python: str = sys.executable) -> dict[str, list[str]]:
    """The commands by name, in order: the quick ones first."""
    module = [python, "-m"]
    program = Path(python).parent
    return {
        "ruff": [*module, "ruff", "check", "."],
        "format": [*module, "ruff", "format", "--check", "."],
        "floors": [str(program / "lint-imports")],
        "security": [*module, "bandit", "-q", "-ll", "-c", "pyproject.toml", "-r", *CODE],
        "secrets": [*module, "detect_secrets.pre_commit_hook", "--baseline", BASELINE, *tracked()],
        "types": [*module, "mypy"],
        "migrations": [python, "manage.py", "makemigrations", "--check", "--dry-run"],
        "contract": [python, "manage.py", "contract", "--check"],
    }


def tracked() -> list[str]:
    """The files of the tree: what git knows, without what it ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git is where the user has it
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = listed.stdout.splitlines()
    return [name for name in names if name != BASELINE and (CHECKOUT / name).is_file()]


def main(arguments: Sequence[str]) -> int:
    """Runs the named gates, or all; goes on after a failure, so that one run shows everything."""
    known = gates()
    unknown = [name for name in arguments if name not in known]
    if unknown:
        say(f"No gate is called {unknown[0]}. There are: {', '.join(known)}")
        return 2
    failed = [name for name in (arguments or known) if not passes(name, known[name])]
    say(f"Failed: {', '.join(failed)}" if failed else "Every gate is open.")
    return 1 if failed else 0


def passes(name: str, command: Sequence[str]) -> bool:
    """Runs one gate in sight of the person."""
    environ = {**os.environ, "ENVIRONMENT": os.environ.get("ENVIRONMENT", "test")}
    began = time.monotonic()
    status = subprocess.run(command, cwd=CHECKOUT, env=environ, check=False).returncode  # noqa: S603 - the table above
    verdict = "ok" if status == 0 else "FAILED"
    say(f"-- {name}: {verdict} ({time.monotonic() - began:.1f} s)")
    return status == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
