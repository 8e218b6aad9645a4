import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from apps.fleet import beats
from apps.fleet.beats import Process
from apps.fleet.shardkeys import ShardKey
from apps.kernel.valkey import valkey
from tests.unit.fleet.support import eventually

KEY = ShardKey("echo", 0, 3)

#: Stands for a worker: a process named celery with one child, whose number it prints.
WORKER = """
import os, time
child = os.fork()
if child == 0:
    time.sleep(600)
print(child, flush=True)
time.sleep(600)
"""


class Worker:
    def __init__(self, name: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, name], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.child = int(self.process.stdout.readline())

    def process_of_child(self, **changes: Any) -> Process:
        fields = {
            "host": socket.gethostname(),
            "pid": self.child,
            "parent": self.process.pid,
            "started": beats._started(self.child) or 0,
        }
        return Process(**{**fields, **changes})

    def child_runs(self) -> bool:
        try:
            text = Path(f"/proc/{self.child}/stat").read_text()
        except OSError:
            return False
        return text.rpartition(")")[2].split()[0] != "Z"

    def end(self) -> None:
        for pid in (self.child, self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker("celery")
    yield made
    made.end()


def beat(process: Process, *, silent: float, epoch: int = 3) -> None:
    fields = {name: getattr(process, name) for name in ("host", "pid", "parent", "started")}
    text = orjson.dumps({"at": beats.now() - silent, "process": fields})
    valkey().hset(KEY.beats, str(epoch), text)


def test_a_process_writes_who_it_is() -> None:
    beats.write(KEY)
    (found,) = beats.read(KEY)
    assert (found.epoch, found.process.pid) == (3, os.getpid())
    assert found.process == Process.here()
    beats.forget(KEY)
    assert beats.read(KEY) == []


def test_a_frozen_child_of_our_worker_is_killed(worker: Worker) -> None:
    os.kill(worker.child, signal.SIGSTOP)
    beat(worker.process_of_child(), silent=11)
    assert beats.end_frozen(KEY) == [worker.child]
    eventually(lambda: not worker.child_runs())
    assert beats.read(KEY) == []


def test_one_that_spoke_within_two_leases_is_not(worker: Worker) -> None:
    beat(worker.process_of_child(), silent=9)
    assert beats.end_frozen(KEY) == []
    assert worker.child_runs()
    assert len(beats.read(KEY)) == 1


@pytest.mark.parametrize("changes", [{"started": 1}, {"parent": 1}, {"started": 0}])
def test_another_process_with_the_same_number_is_not(
    worker: Worker, changes: dict[str, Any]
) -> None:
    beat(worker.process_of_child(**changes), silent=11)
    assert beats.end_frozen(KEY) == []
    assert worker.child_runs()
    assert beats.read(KEY) == []


def test_a_child_of_no_worker_is_not() -> None:
    other = Worker("editor")
    try:
        beat(other.process_of_child(), silent=11)
        assert beats.end_frozen(KEY) == []
        assert other.child_runs()
    finally:
        other.end()


def test_one_on_another_host_is_left_to_that_host(worker: Worker) -> None:
    beat(worker.process_of_child(host="elsewhere"), silent=11)
    assert beats.end_frozen(KEY) == []
    assert worker.child_runs()
    assert len(beats.read(KEY)) == 1
    beat(worker.process_of_child(host="elsewhere"), silent=4_000)
    beats.end_frozen(KEY)
    assert beats.read(KEY) == []


def test_a_frozen_one_is_found_behind_its_successor_s_beat(worker: Worker) -> None:
    beat(worker.process_of_child(), silent=11, epoch=3)
    beats.write(ShardKey("echo", 0, 4))
    assert beats.end_frozen(KEY) == [worker.child]
    assert [one.epoch for one in beats.read(KEY)] == [4]


def held(key: ShardKey) -> bool:
    return bool(valkey().exists(key.lease))


@pytest.fixture
def lease() -> Iterator[str]:
    """The lease of the shard, as the epoch before last left it."""
    value = f"{KEY.epoch}:task"
    valkey().set(KEY.lease, value, px=60_000)
    yield value
    valkey().delete(KEY.lease, KEY.beats)


def test_the_shard_of_a_process_that_died_is_free_at_once(worker: Worker, lease: str) -> None:
    beat(worker.process_of_child(), silent=2.5)
    assert not beats.free_dead(KEY)
    os.kill(worker.child, signal.SIGKILL)
    eventually(lambda: not worker.child_runs())
    assert beats.free_dead(KEY)
    assert not held(KEY)
    assert beats.read(KEY) == []


def test_a_dead_process_that_spoke_just_now_is_not_taken_for_dead_yet(
    worker: Worker, lease: str
) -> None:
    beat(worker.process_of_child(started=1), silent=1.5)
    assert not beats.free_dead(KEY)
    assert held(KEY)


def test_the_lease_of_a_successor_is_not_freed_with_a_dead_one_s(
    worker: Worker, lease: str
) -> None:
    beat(worker.process_of_child(started=1), silent=9, epoch=KEY.epoch - 1)
    assert beats.free_dead(KEY)
    assert valkey().get(KEY.lease) == lease.encode()
    assert beats.read(KEY) == []


def test_a_dead_process_of_another_host_keeps_its_lease_until_it_expires(
    worker: Worker, lease: str
) -> None:
    beat(worker.process_of_child(host="elsewhere", started=1), silent=9)
    assert not beats.free_dead(KEY)
    assert held(KEY)
