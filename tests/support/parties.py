"""The environment of clients others wrote: `.venv-parties`, made from requirements/parties.txt."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements" / "parties.txt"
FOLDER = ROOT / ".venv-parties"
PYTHON = FOLDER / "bin" / "python"
_STAMP = FOLDER / "made-from"
_INSTALL_S = 600


class PartyEnvironmentMissing(RuntimeError):
    """The environment could not be made; the words say what to run by hand."""


def party_python() -> Path:
    """The interpreter with the parties installed, made first where missing or out of date."""
    with _one_at_a_time():
        if not _fresh():
            _make()
    return PYTHON


def _fresh() -> bool:
    return PYTHON.exists() and _STAMP.exists() and _STAMP.read_text() == _digest()


def _digest() -> str:
    return sha256(LOCK.read_bytes()).hexdigest()


def _make() -> None:
    uv = Path(sys.executable).parent / "uv"
    if uv.exists():
        _run(str(uv), "venv", "--clear", "--python", sys.executable, str(FOLDER))
        installer = [str(uv), "pip", "install", "--python", str(PYTHON)]
    else:
        venv.create(FOLDER, clear=True, with_pip=True)
        installer = [str(PYTHON), "-m", "pip", "install"]
    _run(*installer, "--quiet", "--require-hashes", "-r", str(LOCK))
    _STAMP.write_text(_digest())


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_S, check=False)
    if done.returncode != 0:
        raise PartyEnvironmentMissing(
            f"{FOLDER.name} could not be made. Run this and mend what it says:\n"
            f"  {' '.join(command)}\n{done.stderr[-2000:]}"
        )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Holds a lock on the requirements file, over all test processes."""
    with LOCK.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
