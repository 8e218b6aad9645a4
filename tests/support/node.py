"""Node.js for tests: the binary of the installed wheel, and packages as their lock file says."""

from __future__ import annotations

from pathlib import Path

from apps.ops.launcher import node as launcher
from tests.support.once import one_at_a_time


def node() -> Path:
    """The node binary."""
    return launcher.folder() / "bin" / "node"


def node_modules(folder: Path) -> Path:
    """`folder/node_modules`, installed if it is missing or older than the lock file.

    Safe to call from several test processes at once. Raises LaunchError with the words of npm.
    """
    with one_at_a_time(folder / "package-lock.json"):
        launcher.install(folder)
    return folder / "node_modules"
