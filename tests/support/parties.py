"""The environment of clients others wrote: `.venv-parties`, made from requirements/parties.txt."""

from __future__ import annotations

import shutil
from pathlib import Path

from apps.ops.launcher.bootstrap import Environment
from apps.ops.launcher.state import CHECKOUT
from apps.ops.launcher.suite import PARTIES_LOCK, PARTIES_VENV
from tests.support.once import one_at_a_time


def party_python() -> Path:
    """The interpreter with the parties installed, made first where missing or out of date."""
    lock = CHECKOUT / PARTIES_LOCK
    environment = Environment(CHECKOUT / PARTIES_VENV, lock, shutil.which("uv"))
    with one_at_a_time(lock):
        environment.ensure()
    return environment.python
