"""The supervisor keeps children alive, ends them in order and leaves none behind."""

import itertools
import os
import signal
import time

import pytest

from tests.support.engines import until
from tests.support.mini import PATIENT, STUBBORN, MiniPlane, Starter, alive

GRANDPARENT = (
    "import subprocess, sys; sleep = 'import time; time.sleep(600)'; "
    "print(subprocess.Popen([sys.executable, '-c', sleep]).pid, flush=True)"
)


def gone(*pids: int) -> bool:
    return not any(map(alive, pids))


def test_children_are_published_with_their_pids(mini_plane: Starter) -> None:
    pids = mini_plane({"one": PATIENT, "two": PATIENT}).wait_for_children()
    assert all(map(alive, pids.values()))
    assert len(set(pids.values())) == 2


def test_each_child_leads_a_group_of_its_own(mini_plane: Starter) -> None:
    plane = mini_plane({"one": PATIENT})
    pid = plane.wait_for_children()["one"]
    assert os.getpgid(pid) == pid != os.getpgid(plane.process.pid)


def test_second_launcher_is_refused_with_a_sentence(mini_plane: Starter) -> None:
    plane = mini_plane({"one": PATIENT})
    pids = plane.wait_for_children()
    second = plane.launch()
    said, _ = second.communicate(timeout=10)
    assert second.returncode == 1
    assert f"already runs here (process {plane.process.pid}" in said
    assert plane.pids() == pids
    assert alive(pids["one"])


def test_lock_falls_with_a_killed_launcher(mini_plane: Starter) -> None:
    plane = mini_plane({"one": PATIENT})
    first = plane.wait_for_children()["one"]
    plane.process.kill()
    plane.process.wait()
    plane.process = plane.launch()
    until(lambda: plane.pids().get("one") not in (None, first), 10, lambda: str(plane.pids()))


def test_kill_of_the_launcher_leaves_no_orphan(mini_plane: Starter) -> None:
    plane = mini_plane({"one": PATIENT, "two": PATIENT})
    pids = plane.wait_for_children().values()
    plane.process.kill()
    until(lambda: gone(*pids), 6, lambda: f"still alive: {[*filter(alive, pids)]}")


def test_next_start_ends_what_ignored_its_parents_death(mini_plane: Starter) -> None:
    plane = mini_plane({"one": STUBBORN})
    pid = plane.wait_for_children()["one"]
    plane.process.kill()
    plane.process.wait()
    assert alive(pid)
    plane.process = plane.launch()
    until(lambda: gone(pid), 10, lambda: "the old child lives on")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_stops_everything(mini_plane: Starter, number: int) -> None:
    plane = mini_plane({"one": PATIENT, "two-store": PATIENT})
    pids = plane.wait_for_children().values()
    assert plane.stop(number) < 5
    assert plane.process.returncode == 0
    assert gone(*pids)
    assert plane.pids() == {}


def test_stubborn_child_dies_when_its_time_is_over(mini_plane: Starter) -> None:
    plane = mini_plane({"one": STUBBORN}, grace=0.5)
    pid = plane.wait_for_children()["one"]
    took = plane.stop()
    assert 0.5 <= took < 3
    assert gone(pid)


def test_store_stops_after_the_work(mini_plane: Starter) -> None:
    last_words = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    time.sleep({wait})\n    print(time.monotonic(), flush=True)\n    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\nprint('up', flush=True)\ntime.sleep(600)"
    )
    children = {"work": last_words.format(wait=0.4), "data-store": last_words.format(wait=0)}
    plane = mini_plane(children, grace=2.0)
    plane.wait_for_children()
    plane.stop()
    work, store = (float(plane.said(name)[-1]) for name in ("work", "data-store"))
    assert work < store


def test_dead_child_is_started_again(mini_plane: Starter) -> None:
    plane = mini_plane({"one": PATIENT, "two": PATIENT})
    before = plane.wait_for_children()
    os.kill(before["one"], signal.SIGKILL)
    until(lambda: len(plane.said("one")) == 2, 5, lambda: str(plane.said("one")))
    after = plane.wait_for_children()
    assert after["one"] != before["one"]
    assert after["two"] == before["two"]


def test_child_that_keeps_dying_is_started_ever_later(mini_plane: Starter) -> None:
    plane = mini_plane({"one": "import time; print(time.time(), flush=True)"}, first=0.4)
    until(lambda: len(plane.said("one")) >= 4, 15, lambda: str(plane.said("one")))
    at = [float(line) for line in plane.said("one")]
    waits = [later - earlier for earlier, later in itertools.pairwise(at)]
    assert waits[0] >= 0.4
    assert waits[1] >= 0.8
    assert waits[2] >= 1.6


def test_group_of_a_dead_child_is_ended_before_its_successor_starts(mini_plane: Starter) -> None:
    plane = mini_plane({"one": f"{GRANDPARENT}; {PATIENT}"})
    pid = plane.wait_for_children()["one"]
    grandchild = int(plane.said("one")[0])
    assert alive(grandchild)
    os.kill(pid, signal.SIGKILL)
    until(lambda: gone(grandchild), 5, lambda: "the grandchild lives on")


def test_supervisor_rests_while_nothing_happens(mini_plane: Starter) -> None:
    plane = mini_plane({"one": PATIENT})
    plane.wait_for_children()
    used = cpu_seconds(plane)
    time.sleep(1)
    assert cpu_seconds(plane) - used < 0.1


def cpu_seconds(plane: MiniPlane) -> float:
    with open(f"/proc/{plane.process.pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
