"""Makes the virtual environment from the locked requirements, with nothing but a bare Python.

`python3 -m apps.ops.launcher.bootstrap` is what `make` runs first. Fast when nothing changed: a
stamp in the environment holds the hash of the lock file it was made from.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
OLDEST = (3, 11)
INTERPRETER_TEST = "import sys, pip; print(*sys.version_info[:2])"
UV_INTERPRETER_TEST = "import sys; print(*sys.version_info[:2])"


class BootstrapError(Exception):
    """The environment cannot be made; the text says why and what to do."""


class Environment:
    """A virtual environment in the checkout and the lock file it is made from."""

    def __init__(self, folder: Path, lock: Path, uv: str | None) -> None:
        self._folder = folder
        self._lock = lock
        self._uv = uv
        self.python = folder / "bin" / "python"

    def ensure(self) -> bool:
        """Makes or completes it; returns whether there was anything to do."""
        version = self._version()
        if version and self._stamp().is_file() and self._stamp().read_text() == self._digest():
            return False
        if not version:
            self._make()
        self._install()
        self._compile()
        self._stamp().write_text(self._digest())
        return True

    def _stamp(self) -> Path:
        return self._folder / "controlplane.stamp"

    def _digest(self) -> str:
        return hashlib.sha256(self._lock.read_bytes()).hexdigest()

    def _version(self) -> str | None:
        """The environment's Python as `3 11`, or None when it is unfit and must be made anew."""
        test = UV_INTERPRETER_TEST if self._uv else INTERPRETER_TEST
        try:
            asked = subprocess.run(  # noqa: S603 - our own environment's Python
                [str(self.python), "-c", test],
                check=False,
                capture_output=True,
                text=True,
                timeout=60,
            )
        except OSError:
            return None
        found = asked.stdout.strip()
        new_enough = bool(found) and tuple(map(int, found.split())) >= OLDEST
        return found if asked.returncode == 0 and new_enough else None

    def _make(self) -> None:
        say(f"Making {self._folder.name} with Python {sys.version.split()[0]} ...")
        if (self._folder / "pyvenv.cfg").exists():
            shutil.rmtree(self._folder)
        if self._uv:
            run([self._uv, "venv", "--python", sys.executable, str(self._folder)])
            return
        try:
            run([sys.executable, "-m", "venv", str(self._folder)])
        except BootstrapError as error:
            raise BootstrapError(
                f"{error}\nOn Debian the module comes with: apt-get install python3-venv"
            ) from None

    def _install(self) -> None:
        say(f"Installing {self._lock.name} into {self._folder.name} ...")
        # The lock is complete, so nothing is resolved: an old pip would look at releases newer
        # than the locked ones, which have no hash here, and refuse them all.
        locked = ["--no-deps", "--require-hashes", "-r", str(self._lock)]
        if self._uv:
            run([self._uv, "pip", "install", "--python", str(self.python), *locked])
        else:
            quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
            run([str(self.python), "-m", "pip", "install", *quiet, *locked])

    def _compile(self) -> None:
        """Once here, or every process would do it at its start (4 s instead of 1 s each)."""
        folders = [str(CHECKOUT / name) for name in ("apps", "controlplane")]
        # Some packages carry templates of Python files that do not compile: not our failure.
        subprocess.run(  # noqa: S603 - our own environment's Python
            [str(self.python), "-m", "compileall", "-q", "-j", "0", self._packages(), *folders],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )

    def _packages(self) -> str:
        return str(next((self._folder / "lib").glob("python3.*/site-packages")))


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def run(command: Sequence[str]) -> None:
    """Runs a command in sight of the person; raises BootstrapError when it fails."""
    environ = {n: v for n, v in os.environ.items() if n not in ("PYTHONHOME", "VIRTUAL_ENV")}
    try:
        status = subprocess.run(command, env=environ, check=False).returncode  # noqa: S603 - ours
    except OSError as error:
        raise BootstrapError(f"{command[0]}: {error}") from None
    if status:
        raise BootstrapError(f"`{' '.join(command)}` failed (exit status {status}).")


def main(arguments: Sequence[str]) -> int:
    if sys.version_info < OLDEST:
        say(f"Python {sys.version.split()[0]} is too old: the control plane needs 3.11 or newer.")
        return 1
    parser = argparse.ArgumentParser(description="Make the virtual environment.")
    parser.add_argument("--venv", default=".venv", help="its folder (default .venv)")
    parser.add_argument("--lock", default="requirements/dev.txt", help="what to install in it")
    chosen = parser.parse_args(arguments)
    folder, lock = CHECKOUT / chosen.venv, CHECKOUT / chosen.lock
    try:
        Environment(folder, lock, shutil.which("uv")).ensure()
    except BootstrapError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
