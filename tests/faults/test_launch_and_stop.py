"""The whole plane starts warm, stops at Ctrl-C, refuses a twin, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import threading

import httpx
import pytest

from apps.ops.launcher import leftovers
from apps.ops.launcher.state import CHECKOUT
from tests.faults.scene import comes_back, is_alive, miner_of, ready
from tests.flows.conftest import Api
from tests.support.engines import until
from tests.support.plane import Plane

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("faults")]

#: The goals in seconds, on a machine with nothing else to do.
WARM_START, STOP, GONE = 8.0, 5.0, 6.0
#: How much slower the tests' machine may be before anything is wrong.
LENIENT = 2.0


def test_second_start_in_the_same_place_is_refused(plane: Plane) -> None:
    twin = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=CHECKOUT,
        env=plane.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert twin.returncode == 1
    assert "already runs" in twin.stdout + twin.stderr
    assert httpx.get(f"{plane.url}/ready", timeout=10).status_code == 200


def test_terminated_web_process_finishes_what_it_began(plane: Plane) -> None:
    api, answers = Api(plane, "viewer"), list[httpx.Response]()

    def ask() -> None:
        answers.append(api.call("miners.miner.status", input={"device": "Miner 01"}))

    until(lambda: ready(plane), 60, lambda: plane.log("web")[-2000:])
    # Several exchanges of 0.15 s: under way for long enough, and within what the stop leaves them.
    with miner_of(plane, "Miner 01").fault("latency", ms=150):
        asking = threading.Thread(target=ask)
        asking.start()
        asking.join(0.2)
        assert asking.is_alive(), "the miner answered too soon for this test"
        before = plane.kill("web", signal.SIGTERM)
        asking.join(30)
    assert [answer.status_code for answer in answers] == [200]
    comes_back(plane, "web", before)
    until(lambda: ready(plane), 60, lambda: plane.log("web")[-2000:])


def test_interrupt_stops_everything_and_a_warm_start_finds_it_all(plane: Plane) -> None:
    children = list(plane.pids().values())
    stopped = plane.stop(signal.SIGINT)
    assert not [pid for pid in children if is_alive(pid)]
    assert leftovers.marked(plane.state.root) == []
    started = plane.start()
    print(f"stopped in {stopped:.1f} s, warm start in {started:.1f} s")
    assert stopped <= STOP * LENIENT
    assert started <= allowed(WARM_START)


def test_killed_supervisor_leaves_no_orphan_and_the_next_start_works(plane: Plane) -> None:
    os.kill(plane.pid, signal.SIGKILL)
    until(lambda: leftovers.marked(plane.state.root) == [], allowed(GONE), lambda: left(plane))
    assert plane.start() <= allowed(WARM_START)
    assert httpx.get(f"{plane.url}/ready", timeout=10).status_code == 200


def allowed(seconds: float) -> float:
    """What is granted for a goal, by how many processes want each processor now."""
    crowd = os.getloadavg()[0] / (os.cpu_count() or 1)
    return seconds * LENIENT * max(1.0, crowd)


def left(plane: Plane) -> str:
    return f"left: {leftovers.marked(plane.state.root)}"
