"""The simulator starts as a command, says where it listens, and stops when told."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from apps.qsys.simulator import Core, CoreHost, demo_design
from apps.qsys.simulator.__main__ import arguments, build
from tests.support.qsys import OFFSET, ROOT, own_address, simulator_process


def test_it_says_where_it_listens_and_serves_several_cores() -> None:
    with simulator_process("--controls", "50", "--meters", "2", cores=2) as site:
        first, second = own_address(1), own_address(2)
        lines = site.output
        assert [line.split(")")[0] for line in lines[:2]] == [f"{first} (Core 1"] * 2
        assert f"{first} (Core 1) qrc {1710 + OFFSET}" == lines[0]
        assert any(
            line.startswith(f"{second} (Core 2) wss {443 + OFFSET} sha256") for line in lines
        )
        assert lines[-1] == "ready"
        assert {one["controls"] for one in site.cores.values()} == {50}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_within_a_second(number: signal.Signals) -> None:
    with simulator_process("--controls", "50", "--meters", "2") as site:
        started = time.monotonic()
        site.process.send_signal(number)
        assert site.process.wait(timeout=15) == 0
        # A second of its own: what others take of a busy machine is not its fault.
        crowd = os.getloadavg()[0] / (os.cpu_count() or 1)
        assert time.monotonic() - started < max(1.0, crowd)


async def test_a_port_kept_to_the_privileged_moves_up(monkeypatch: pytest.MonkeyPatch) -> None:
    host = CoreHost(Core(demo_design(50, 2)), own_address(3), ports={"qrc": 1710, "ws": 80})
    asked: list[int] = []

    async def serve(face: str, port: int) -> int:
        asked.append(port)
        if port < 1024:
            raise PermissionError(errno.EACCES, "Permission denied")
        return port

    monkeypatch.setattr(host, "_serve", serve)
    await host.listen()
    assert host.ports == {"qrc": 1710, "ws": 8080}
    assert asked == [1710, 80, 8080]


async def test_a_port_in_use_is_an_error() -> None:
    first = CoreHost(Core(demo_design(50, 2)), "127.0.0.1", ports={"qrc": 0})
    await first.listen()
    second = CoreHost(Core(demo_design(50, 2)), "127.0.0.1", ports=first.ports)
    with pytest.raises(OSError, match="address already in use"):
        await second.listen()
    await first.stop()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], {"qrc": 1710, "ws": 80, "wss": 443}),
        (["--port-offset", "8000"], {"qrc": 9710, "ws": 8080, "wss": 8443}),
    ],
)
def test_options_make_cores(options: list[str], expected: Any) -> None:
    named = ["--core", "127.20.0.1=Lobby", "--core", "127.20.0.2", "--user", "joe=1=2"]
    hosts = build(arguments([*named, *options]))
    assert [host.core.name for host in hosts.values()] == ["Lobby", "127.20.0.2"]
    assert all(host.ports == expected for host in hosts.values())
    assert hosts["127.20.0.1"].core.users == {"joe": "1=2"}


def test_each_core_may_run_its_own_design(tmp_path: Path) -> None:
    mine = tmp_path / "a=b.yaml"
    mine.write_text("{design: Mine, emulator: true, components: [{kind: gain, name: G}]}")
    cores = ["--core", "127.20.0.1", "--core", "127.20.0.2", "--core", "127.20.0.3"]
    designs = ["--design", f"127.20.0.2={mine}", "--design", "huddle-room"]
    hosts = build(arguments([*cores, *designs]))
    names = [host.core.design.name for host in hosts.values()]
    assert names == ["Huddle Room 3.14", "Mine", "Huddle Room 3.14"]
    assert [set(host.ports) for host in hosts.values()] == [
        {"qrc", "ws", "wss"},
        {"qrc"},
        {"qrc", "ws", "wss"},
    ]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ([], 2, "--core"),
        (["--core", "127.20.0.1", "--design", "arean"], 1, "did you mean 'arena'?"),
        (["--core", "127.20.0.1", "--design", "arena", "--design", "huddle-room"], 1, "is enough"),
    ],
)
def test_what_it_cannot_start_with_it_says(options: list[str], code: int, words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "apps.qsys.simulator", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
