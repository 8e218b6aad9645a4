"""Workers in processes of their own, born within a blink: forked from one that has Django loaded.

with nursery(device_networks=..., firmware_soak_seconds=0) as born:
    worker = born.steps(job_id, crash_at="miners.firmware.sent")
    assert worker.wait() == KILLED

The process they are forked from holds no connection and no channel, as Celery's does not.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Born:
    """One worker. `wait` gives its exit status, negative for a signal."""

    pid: int
    nursery: "Nursery"
    status: int | None = None

    def kill(self) -> None:
        """kill -9, and the wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL

    def wait(self) -> int:
        """Wait for its end."""
        if self.status is None:
            self.status = int(self.nursery.ask(do="wait", pid=self.pid))
        return self.status


@dataclass(slots=True)
class Nursery:
    """The process that workers are forked from. `config` is set over the settings of each."""

    process: "subprocess.Popen[bytes]"
    config: dict[str, Any] = field(default_factory=dict)

    def steps(self, job_id: UUID, *, crash_at: str = "") -> Born:
        """A worker that runs one job whenever it is due, until that is over."""
        return self._born("steps", crash_at, job=str(job_id))

    def work(self, *, crash_at: str = "") -> Born:
        """A worker that runs whatever is due and takes up what others left, until it is killed."""
        return self._born("work", crash_at)

    def ask(self, **order: Any) -> Any:
        """One order, and its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def _born(self, what: str, crash_at: str, **more: Any) -> Born:
        return Born(self.ask(do=what, crash_at=crash_at, config=self.config, **more), self)


@contextmanager
def nursery(**config: Any) -> Iterator[Nursery]:
    """A nursery on this process's test database; it ends, and with it who was born there."""
    made = subprocess.Popen(
        [sys.executable, "-m", "tests.support.born"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url(), "LOG_LEVEL": "ERROR"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield Nursery(made, config)
    finally:
        os.killpg(made.pid, signal.SIGKILL)
        made.wait(10)


def database_url() -> str:
    """The address of the database that the running test has."""
    url = settings.CONFIG.database_url.get_secret_value()
    head, _, query = url.partition("?")
    name = connection.settings_dict["NAME"]
    return f"{head.rpartition('/')[0]}/{name}{'?' if query else ''}{query}"
