"""The shard task in a real prefork worker: taken up, drained, and taken over when frozen."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from django.db import connection

from apps.fleet import beats, shards
from apps.fleet.models import Device, DeviceState
from apps.fleet.shardkeys import ShardKey
from apps.kernel.valkey import valkey
from tests.support import factories
from tests.unit.fleet.support import EchoPoller, eventually

KEY = ShardKey("echo", 0)


class PollerWorker:
    def __init__(self, log: Path) -> None:
        self.log = log
        url = urlparse(os.environ["DATABASE_URL"])
        address = url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
        command = "worker -Q pollers -P prefork -c 2 --prefetch-multiplier 1 -n echo@%h"
        quiet = "--without-gossip --without-mingle --without-heartbeat -l info"
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "celery", "-A", "tests.unit.fleet.worker"),
                    *command.split(),
                    *quiet.split(),
                ],
                env={**os.environ, "DATABASE_URL": address},
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def require_running(self) -> None:
        assert self.process.poll() is None, self.log.read_text()[-3000:]

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def polled(transactional_db: None, poller: EchoPoller) -> Device:
    device = factories.device(driver="echo", shard=0)
    DeviceState.objects.create(device=device)
    return device


@pytest.fixture
def worker(polled: Device, tmp_path: Path) -> Iterator[PollerWorker]:
    made = PollerWorker(tmp_path / "worker.log")
    yield made
    made.end()


def epoch_of(device: Device) -> int:
    return DeviceState.objects.get(device=device).epoch


def supervised_until_epoch(
    worker: PollerWorker, device: Device, epoch: int, seconds: float
) -> float:
    """Tick like beat until a poller of `epoch` or later has written; how long that took."""
    began = time.monotonic()

    def ticked() -> bool:
        worker.require_running()
        shards.supervise()
        time.sleep(0.2)
        return epoch_of(device) >= epoch

    eventually(ticked, seconds)
    return time.monotonic() - began


def test_a_worker_told_to_stop_gives_its_shards_up_and_ends(
    polled: Device, worker: PollerWorker
) -> None:
    supervised_until_epoch(worker, polled, 1, 40)
    assert valkey().exists(KEY.lease)
    began = time.monotonic()
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(15) == 0
    assert time.monotonic() - began < 10
    assert not valkey().exists(KEY.lease)
    assert beats.read(KEY) == []


@pytest.mark.fault
def test_a_frozen_child_is_replaced_and_killed(polled: Device, worker: PollerWorker) -> None:
    supervised_until_epoch(worker, polled, 1, 40)
    (beat,) = beats.read(KEY)
    assert beat.process.is_ours()
    os.kill(beat.process.pid, signal.SIGSTOP)
    first = epoch_of(polled)
    assert supervised_until_epoch(worker, polled, first + 1, 15) < 12

    def is_killed() -> bool:
        shards.supervise()
        return not beat.process.is_ours()

    eventually(is_killed, 15)
    assert [one.epoch for one in beats.read(KEY)] == [epoch_of(polled)]
