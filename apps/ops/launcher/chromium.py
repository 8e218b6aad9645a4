"""Finds a Chromium for the browser tests, and installs one where the machine has none."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.say import say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE_TIMEOUT = 900.0


def find(environ: Mapping[str, str] | None = None) -> str | None:
    """The browser to test with: CHROMIUM, the machine's own, or the one Playwright fetched."""
    chosen = os.environ if environ is None else environ
    given = chosen.get("CHROMIUM")
    if given:
        return given
    for name in NAMES:
        path = shutil.which(name, path=chosen.get("PATH"))
        if path:
            return path
    return _fetched_by_playwright(chosen)


def ensure() -> str:
    """A browser, installed if need be; raises LaunchError with the command to run."""
    found = find()
    if found:
        return found
    say("No Chromium on this machine: installing one for the browser tests ...")
    commands = _install_commands()
    for command in commands:
        if subprocess.run(command, check=False, timeout=PACKAGE_TIMEOUT).returncode:  # noqa: S603 - fixed
            break
    found = find()
    if found is None:
        tried = " && ".join(" ".join(command) for command in commands)
        raise LaunchError(f"The browser tests need Chromium. This did not bring it:\n  {tried}")
    return found


def _install_commands() -> list[list[str]]:
    """Debian's package for root, Playwright's own build for everybody else."""
    apt = shutil.which("apt-get")
    if os.geteuid() == 0 and apt:
        install = [apt, "install", "--yes", "--no-install-recommends", "chromium"]
        return [[apt, "update", "--quiet"], install]
    return [[sys.executable, "-m", "playwright", "install", "chromium"]]


def _fetched_by_playwright(environ: Mapping[str, str]) -> str | None:
    home = environ.get("PLAYWRIGHT_BROWSERS_PATH") or str(Path.home() / ".cache" / "ms-playwright")
    found = sorted(Path(home).glob("chromium-*/chrome-linux*/chrome"))
    return str(found[-1]) if found else None
