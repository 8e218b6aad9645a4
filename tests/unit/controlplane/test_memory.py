"""What a process need not have, it does not load; what a parent has loaded, its children share."""

import os
import subprocess
import sys

import pytest

from apps.ops.launcher.state import CHECKOUT
from controlplane.celery import SCHEDULE

HEAVY = (
    "daphne",
    "autobahn",
    "rest_framework.views",
    "drf_spectacular.openapi",
    "unfold.admin",
    "pyarrow",
)


def run(*lines: str) -> list[str]:
    """What a fresh process prints that has run the lines."""
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=CHECKOUT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "controlplane.settings"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_clock_knows_every_entry_and_loads_no_app() -> None:
    said = run(
        "from controlplane.clock import app",
        "app.loader.init_worker()  # what beat does first",
        "app.finalize()",
        "from django.apps import apps",
        "import sys",
        "print(apps.ready, 'apps.accounts.models' in sys.modules, *sorted(app.conf.beat_schedule))",
    )
    assert said == ["False", "False", *sorted(SCHEDULE)]


def test_every_entry_of_the_clock_is_a_task_of_the_workers() -> None:
    said = run(
        "from controlplane.celery import app",
        "app.loader.import_default_modules()",
        "app.finalize()",
        "print(*app.tasks)",
    )
    assert {entry["task"] for entry in SCHEDULE.values()} <= set(said)


@pytest.mark.parametrize("module", HEAVY)
def test_a_worker_loads_nothing_of_the_web(module: str) -> None:
    said = run(
        "from controlplane.celery import app",
        "app.loader.import_default_modules()",
        "import sys",
        f"print({module!r} in sys.modules)",
    )
    assert said == ["False"]


def test_what_is_loaded_before_a_fork_is_left_alone_by_the_collector() -> None:
    said = run(
        "import gc",
        "from celery.signals import worker_before_create_process",
        "from controlplane.celery import app",
        "before = gc.get_freeze_count()",
        "worker_before_create_process.send(sender=None)",
        "print(before, gc.get_freeze_count() > 10_000, len(gc.get_objects()) < 1_000)",
    )
    assert said == ["0", "True", "True"]
