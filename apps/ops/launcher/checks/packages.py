"""Checks of Python, its environment and what is installed in it."""

import importlib.metadata
import re
import sys
from pathlib import Path

from apps.ops.launcher import assets
from apps.ops.launcher.bootstrap import OLDEST
from apps.ops.launcher.checks.finding import Finding, fail, ok, warn
from apps.ops.launcher.options import Options
from apps.ops.launcher.state import CHECKOUT

BOOTSTRAP = "python3 -m apps.ops.launcher.bootstrap"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(;?)")
"""A line of a lock file: name, version, and whether it holds only on some machines."""


def python_version(_: Options) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST:
        return fail("Python", f"{version} is too old", "install Python 3.11 or newer")
    return ok("Python", version)


def virtual_environment(_: Options) -> Finding:
    if sys.prefix == sys.base_prefix:
        text = "this Python is the system's own, not the project's"
        return warn("environment", text, f"{BOOTSTRAP}, then .venv/bin/python manage.py doctor")
    return ok("environment", sys.prefix)


def locked_packages(_: Options) -> Finding:
    lock = CHECKOUT / "requirements" / "dev.txt"
    wrong = differences(lock)
    if wrong:
        text = f"{len(wrong)} differ from {lock.name}, as {wrong[0]}"
        return fail("packages", text, BOOTSTRAP)
    return ok("packages", f"all as {lock.name} says")


def browser_libraries(_: Options) -> Finding:
    wrong = [
        a.target for a in assets.read_list(assets.STATIC) if not a.right(assets.STATIC / "vendor")
    ]
    if wrong:
        text = f"{wrong[0]} is missing or changed"
        return fail("browser libraries", text, "python -m apps.ops.launcher.assets")
    return ok("browser libraries", "in static/vendor, as static/vendor.json says")


def differences(lock: Path) -> list[str]:
    """What is installed otherwise than the lock file wants it on this machine."""
    found = []
    for name, (versions, everywhere) in pins(lock.read_text()).items():
        installed = _installed(name)
        if installed not in versions and (installed or everywhere):
            locked = " or ".join(sorted(versions))
            found.append(f"{name} {installed or 'missing'} (locked {locked})")
    return found


def pins(text: str) -> dict[str, tuple[set[str], bool]]:
    """Of each package: the versions a lock file allows, and whether every machine needs it."""
    allowed: dict[str, tuple[set[str], bool]] = {}
    for name, version, condition in filter(None, (_pin(line) for line in text.splitlines())):
        versions, everywhere = allowed.get(name, (set(), True))
        allowed[name] = (versions | {version}, everywhere and not condition)
    return allowed


def _pin(line: str) -> tuple[str, str, str] | None:
    match = PIN.match(line)
    return (match[1], match[2], match[3]) if match else None


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
