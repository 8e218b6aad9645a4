"""A guard ends what outlives a killed launcher, and nothing that came after it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.ops.launcher import leftovers
from apps.ops.launcher.leftovers import MARK
from apps.ops.launcher.state import CHECKOUT
from tests.support.engines import until
from tests.support.mini import PATIENT, STUBBORN, alive

LAUNCHER = """
import subprocess, sys
from pathlib import Path
from apps.ops.launcher import guard, lock
from apps.ops.launcher.state import State
state = State(Path(sys.argv[1]))
state.prepare()
with lock.only_instance(state.lock), guard.posted(state.root, float(sys.argv[2])) as pid:
    print(pid, flush=True)
    sys.stdin.read()
"""


class Scene:
    """A launcher with its guard, and children that carry the mark of its state directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._started: list[subprocess.Popen[str]] = []

    def launcher(self, patience: float) -> tuple[subprocess.Popen[str], int]:
        """The launcher's process, and its guard's number."""
        process = self._start("-c", LAUNCHER, str(self.root), str(patience), environ=os.environ)
        assert process.stdout
        return process, int(process.stdout.readline())

    def child(self, source: str) -> int:
        process = self._start("-c", source, environ={**os.environ, MARK: str(self.root)})
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        return process.pid

    def end(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()

    def _start(
        self, *arguments: str, environ: "os._Environ[str] | dict[str, str]"
    ) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=CHECKOUT,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.end()


def test_stubborn_child_of_a_killed_launcher_is_ended(scene: Scene) -> None:
    launcher, guard = scene.launcher(patience=0.3)
    child = scene.child(STUBBORN)
    assert leftovers.marked(scene.root) == [child]
    launcher.kill()
    until(lambda: not alive(child), 20, lambda: "the child outlived its launcher")
    until(lambda: not alive(guard), 20, lambda: "the guard did not go home")


def test_guard_goes_home_when_nothing_is_left(scene: Scene) -> None:
    launcher, guard = scene.launcher(patience=600)
    assert alive(guard)
    launcher.communicate()  # its end is awaited: it has waited for the guard's
    assert not alive(guard)


def test_once_another_launcher_is_there_the_guard_leaves_all_to_it(scene: Scene) -> None:
    first, guard = scene.launcher(patience=0.0)
    os.kill(guard, signal.SIGSTOP)  # it looks up late
    first.kill()
    first.wait()
    scene.launcher(patience=600)
    child = scene.child(PATIENT)
    os.kill(guard, signal.SIGCONT)
    until(lambda: not alive(guard), 20, lambda: "the guard did not go home")
    assert alive(child)
