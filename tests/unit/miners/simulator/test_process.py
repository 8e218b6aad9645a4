"""The simulator as a process: its lines, its control socket, its end and its thrift."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from datetime import datetime

import psutil
import pytest

from apps.miners.client import MinerClient
from apps.miners.simulator import build_image
from apps.miners.simulator.__main__ import parse
from apps.miners.simulator.network import FASTEST_S, SLOWEST_S, network_of
from tests.support.miners import (
    NEW_VERSION,
    ROOT,
    Process,
    metadata_of,
    own_address,
    pieces,
    simulator_process,
)


def test_each_miner_has_a_line_and_ready_comes_last() -> None:
    with simulator_process(miners=3) as process:
        assert process.lines[-1] == "ready"
        assert [line.split()[:2] for line in process.lines[:-1]] == [
            [f"m{number}", own_address(number)] for number in (1, 2, 3)
        ]


def test_it_stops_within_a_second() -> None:
    with simulator_process(miners=3) as process:
        assert process.stop() < 1.0
        assert process.popen.returncode == 0


def test_it_stops_within_a_second_in_the_middle_of_a_reboot() -> None:
    with simulator_process("--boot-seconds", "60") as process:
        assert process.order(miner="m1", do="fault", fault="reboot")["ok"]
        wait_until_refused(process)
        assert process.stop() < 1.0


def wait_until_refused(process: Process) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            socket.create_connection((own_address(1), 50051), 1).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.01)
    raise AssertionError("the miner never went down")


def test_twelve_miners_are_light_at_rest() -> None:
    with simulator_process(miners=12) as process:
        running = psutil.Process(process.popen.pid)
        before = running.cpu_times()
        time.sleep(1.0)
        after = running.cpu_times()
        assert running.memory_info().rss < 70 * 2**20
        assert after.user + after.system - before.user - before.system <= 0.05


def test_ports_move_together() -> None:
    with simulator_process("--port-offset", "9000") as process:
        (miner,) = process.order(do="miners")["miners"]
        assert miner["ports"] == {"grpc": 59051, "cgminer": 13028, "http": 9080}
        socket.create_connection((own_address(1), 59051), 5).close()


def test_history_tells_what_the_miner_was_told() -> None:
    with simulator_process("--boot-seconds", "0.1") as process:
        asyncio.run(work())
        entries = process.order(miner=own_address(1), do="history")["history"]
        assert [e["what"] for e in entries] == ["login", "power_target", "upload_begun", "image"]
        image = entries[-1]
        assert image["version"] == NEW_VERSION
        assert image["sha256"] == metadata_of(IMAGE).sha256
        assert datetime.fromisoformat(image["at"]).utcoffset() is not None
        (target,) = process.order(miner="m1", do="history", what="power_target")["history"]
        assert target["watts"] == 2345
        assert process.order(miner="m1", do="state")["state"]["images"] == 1
        process.order(miner="m1", do="forget_history")
        assert process.order(miner="m1", do="history")["history"] == []


IMAGE = build_image(NEW_VERSION, size=1 << 16)


async def work() -> None:
    client = MinerClient(own_address(1), password="root")
    await client.tuning.set_power(2345)
    await client.system_upgrade(metadata_of(IMAGE), pieces(IMAGE), grace=0.05)
    await client.close()


def test_faults_go_on_and_off_by_script() -> None:
    with simulator_process() as process:
        assert process.order(miner="m1", do="fault", fault="thermal_pause") == {"ok": True}
        assert process.order(miner="m1", do="state")["state"]["status"] == 4
        assert process.order(miner="m1", do="heal") == {"ok": True}
        assert process.order(miner="m1", do="state")["state"]["status"] == 2


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"miner": "m9", "do": "state"}, "no miner 'm9'"),
        ({"miner": "m1", "do": "dance"}, "do must be one of"),
        ({"miner": "m1", "do": "fault", "fault": "dance"}, "fault must be one of"),
    ],
)
def test_bad_orders_are_answered_in_words(order: dict[str, str], words: str) -> None:
    with simulator_process() as process:
        answer = process.order(**order)
        assert answer["ok"] is False
        assert words in answer["error"]


def test_a_line_that_is_no_order_is_answered_and_the_next_one_works() -> None:
    with simulator_process() as process, socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(str(process.control))
        line.sendall(b'nonsense\n[1]\n{"do": "miners"}\n')
        answers = line.makefile()
        assert [b'"ok": false' in answers.readline().encode() for _ in range(3)] == [
            True,
            True,
            False,
        ]


def test_only_loopback_is_served() -> None:
    command = [sys.executable, "-m", "apps.miners.simulator", "--miner", "10.0.0.1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "give one like 127.1.0.1" in done.stderr


def test_an_address_that_is_taken_is_said() -> None:
    with simulator_process():
        command = [sys.executable, "-m", "apps.miners.simulator", "--miner", own_address(1)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert f"{own_address(1)}:50051 cannot be bound" in done.stderr


def test_a_thousand_miners_fit_into_one_process() -> None:
    """In at most 10 s and 500 MB; the time is left to `--many` itself on a busy machine."""
    with simulator_process("--many", many_address(), miners=0) as process:
        running = psutil.Process(process.popen.pid)
        cpu = running.cpu_times()
        count, _, _, seconds, _, megabytes, _ = process.lines[-2].split()
        assert count == "1000"
        sys.stdout.write(
            f"1,000 miners: {seconds} s ({cpu.user + cpu.system:.1f} s CPU), {megabytes} MB\n"
        )
        assert cpu.user + cpu.system < 10
        assert float(megabytes) < 500


def many_address() -> str:
    pid = os.getpid()
    return f"127.{200 + pid % 50}.{pid >> 8 & 127}.1+1000"


def test_answers_take_as_long_as_real_ones() -> None:
    draw = network_of("a")
    waits = [draw() for _ in range(20_000)]
    slow = [one for one in waits if one > SLOWEST_S]
    assert min(waits) >= FASTEST_S
    assert all(5 <= one <= 8 for one in slow)
    assert 10 <= len(slow) <= 90
    again = network_of("a")
    assert [again() for _ in range(5)] == waits[:5]


@pytest.mark.parametrize("text", ["127.1.0.1", "127.1.0.1+x", "127.1.0.1+0", "10.0.0.1+5"])
def test_bad_numbers_of_miners_are_refused_in_words(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(["--many", text])
    assert "127.1.0.1" in capsys.readouterr().err
