"""Runs one child process that never outlives its launcher and dies with its whole group."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from pathlib import Path

from apps.ops.launcher.engines.account import Account
from apps.ops.launcher.logs import open_log

PR_SET_PDEATHSIG = 1
_PRCTL = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


class Phase(IntEnum):
    """When a child is stopped: lower first."""

    WORK = 0
    CACHE = 1
    STORE = 2


@dataclass(frozen=True)
class Spec:
    """How a child is started and stopped."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str]
    cwd: Path
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    phase: Phase = Phase.WORK
    before: Callable[[], None] | None = field(default=None, compare=False)
    """Runs before each start, as the removal of a stale socket."""


class Child:
    """A started child: the leader of its own session and process group."""

    def __init__(self, spec: Spec, log_folder: Path) -> None:
        self.spec = spec
        self.since = time.monotonic()
        if spec.before:
            spec.before()
        log = open_log(log_folder, spec.name)
        try:
            self._process = _start(spec, log)
        finally:
            os.close(log)

    @property
    def pid(self) -> int:
        return self._process.pid

    def status(self) -> int | None:
        """The exit status (negative: the signal), or None while it runs."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        if self.status() is None:
            self._process.send_signal(self.spec.stop_signal)

    def destroy(self) -> None:
        """Kills what is left of the group, then collects the leader."""
        kill_group(self.pid)
        self._process.wait()


def kill_group(leader: int) -> None:
    """SIGKILL to a process group that may be gone already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _start(spec: Spec, log: int) -> subprocess.Popen[bytes]:
    account = spec.account
    return subprocess.Popen(  # noqa: S603 - the launcher's own commands
        list(spec.argv),
        cwd=spec.cwd,
        env=dict(spec.environ),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=partial(die_with_parent, os.getpid(), spec.stop_signal),  # noqa: PLW1509 - the launcher has one thread
    )


def die_with_parent(parent: int, signal_number: int) -> None:
    """In the child, after the change of user: that change would clear the request."""
    if _PRCTL is None:
        return
    _PRCTL(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)  # the parent died before the request was made
