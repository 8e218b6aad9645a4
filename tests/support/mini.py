"""A supervisor of trivial children in a process of its own, for tests of the supervising."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from apps.ops.launcher import environment, leftovers
from apps.ops.launcher.backoff import Backoff
from apps.ops.launcher.errors import LaunchError, StopRequested
from apps.ops.launcher.lock import only_instance
from apps.ops.launcher.process import Phase, Spec
from apps.ops.launcher.say import say
from apps.ops.launcher.state import CHECKOUT, State
from apps.ops.launcher.supervisor import Supervisor
from tests.support.engines import until
from tests.support.template import temporary_state

PATIENT = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {PATIENT}"


class MiniPlane:
    """Children are given as {name: Python source}; a name ending in `-store` stops last."""

    def __init__(self, children: dict[str, str], *, grace: float = 1.0, first: float = 0.1) -> None:
        self.state = State(temporary_state())
        self.state.prepare()
        self._children = children
        self._options = {"grace": grace, "first": first}
        self.process = self.launch()

    def launch(self) -> subprocess.Popen[str]:
        """Starts a supervisor on this state directory, the first or another one."""
        wanted = {"children": self._children, "state": str(self.state.root), **self._options}
        return subprocess.Popen(
            [sys.executable, "-m", "tests.support.mini", json.dumps(wanted)],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def pids(self) -> dict[str, int]:
        path = self.state.children
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def wait_for_children(self, seconds: float = 10) -> dict[str, int]:
        """The process ids, once every child runs and has said `up`."""
        until(lambda: set(self.pids()) == set(self._children), seconds, self._what)
        until(lambda: all(self.said(name) for name in self._children), seconds, self._what)
        return self.pids()

    def said(self, name: str) -> list[str]:
        """The lines of a child's log, over all its lives."""
        path = self.state.log / f"{name}.log"
        return path.read_text().splitlines() if path.exists() else []

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Seconds from the signal to the supervisor's end."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(20)
        return time.monotonic() - began

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        leftovers.end(self.state.root, patience=0)
        shutil.rmtree(self.state.root, ignore_errors=True)

    def _what(self) -> str:
        return f"children are {self.pids()}, wanted {list(self._children)}"


Starter = Callable[..., MiniPlane]


def alive(pid: int) -> bool:
    """Whether the process exists and is not a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def main(wanted: str) -> int:
    chosen = json.loads(wanted)
    state = State(Path(chosen["state"]))
    try:
        with only_instance(state.lock):
            _supervise(state, chosen)
    except LaunchError as error:
        say(str(error))
        return 1
    return 0


def _supervise(state: State, chosen: dict[str, object]) -> None:
    grace, first = float(str(chosen["grace"])), float(str(chosen["first"]))
    supervisor = Supervisor(
        state,
        backoff=lambda: Backoff(first=first),
        stop_by={phase: grace * number for number, phase in enumerate(Phase, start=1)},
    )
    supervisor.catch_signals()
    leftovers.end(state.root, patience=0)
    environ = environment.inherited(os.environ, state)
    children = chosen["children"]
    assert isinstance(children, dict)
    try:
        supervisor.start(*(_spec(name, source, environ) for name, source in children.items()))
        supervisor.watch()
    except StopRequested:
        supervisor.stop()


def _spec(name: str, source: str, environ: dict[str, str]) -> Spec:
    phase = Phase.STORE if name.endswith("-store") else Phase.WORK
    argv = [sys.executable, "-c", source]
    return Spec(name=name, argv=argv, environ=environ, cwd=CHECKOUT, phase=phase)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
