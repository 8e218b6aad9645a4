"""Commands are built in one place and are what each service needs."""

import importlib.util
import subprocess
import sys

import pytest

from apps.ops.launcher.commands import (
    SERVICES,
    Commands,
    core_simulator,
    miner_simulator,
)


def option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


@pytest.mark.parametrize("server", ["granian", "uvicorn", "daphne"])
def test_web_server_gets_address_and_application(server: str) -> None:
    command = Commands(server=server, host="127.0.0.9", port=8111).web()
    assert command[1:3] == ["-m", server]
    assert command[-1] == "controlplane.asgi:application"
    assert {"127.0.0.9", "8111"} < set(command)


@pytest.mark.parametrize("server", ["granian", "uvicorn", "daphne"])
def test_web_server_knows_every_option(server: str) -> None:
    """Asked for help after its options, a server rejects those it does not know."""
    command = [*Commands(server=server).web()[:-1], "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    helped = {word.strip(",") for word in done.stdout.split()}
    assert {word for word in command if word.startswith("--")} <= {*helped, "--help"}


def test_each_worker_has_its_own_name_and_queue() -> None:
    commands = [Commands().service(name) for name in ("worker", "ticks", "poller")]
    assert [option(command, "-Q") for command in commands] == ["jobs", "ticks", "pollers"]
    assert len({option(command, "-n") for command in commands}) == 3
    assert all({"--without-gossip", "--without-mingle"} < set(command) for command in commands)


def test_poller_has_a_place_for_each_shard_of_both_families_and_a_spare() -> None:
    command = Commands(poller_shards=5).poller()
    assert option(command, "-c") == "11"
    assert option(command, "--prefetch-multiplier") == "1"


def test_beat_keeps_no_pid_file() -> None:
    command = Commands(beat_schedule="/s/beat").beat()
    assert "--pidfile=" in command
    assert option(command, "-s") == "/s/beat"


def test_every_service_has_a_command_of_this_python() -> None:
    assert all(Commands().service(name)[0] == sys.executable for name in SERVICES)


def test_simulators_play_every_device_of_the_site() -> None:
    cores = core_simulator("py", "127.30", 0, "/run/q")
    miners = miner_simulator("py", "127.30", 8000, "/run/m")
    assert cores.count("--core") == 2
    assert "127.30.0.1=Lobby" in cores
    assert "--port-offset" not in cores
    assert miners.count("--miner") == 12
    assert option(miners, "--port-offset") == "8000"
    assert option(miners, "--control") == "/run/m"


@pytest.mark.parametrize("build", [core_simulator, miner_simulator])
def test_simulator_modules_exist(build: object) -> None:
    assert callable(build)
    module = build("py", "127.30", 0, "/run/c")[2]
    assert importlib.util.find_spec(f"{module}.__main__")
