"""`manage.py up` starts everything in order, says so, keeps it running and takes it all down."""

import json
import os
import signal
import socket
import urllib.request
from collections.abc import Callable, Iterator

import psycopg
import pytest

from apps.ops.launcher import site
from tests.support.engines import until
from tests.support.mini import alive
from tests.support.toy import Toy

CHILDREN = {
    "postgres",
    "valkey",
    "qsys-sim",
    "miner-sim",
    "web",
    "worker",
    "ticks",
    "poller",
    "beat",
}
#: Seconds. Five are the goal on a machine with nothing else to do; a stream that held the stop up
#: would hold it for ever.
SLOWEST_STOP = 15
Maker = Callable[..., Toy]


@pytest.fixture
def toy() -> Iterator[Maker]:
    made: list[Toy] = []

    def make(server: str = "granian", **environ: str) -> Toy:
        made.append(Toy(server, **environ))
        return made[-1]

    yield make
    for one in made:
        one.end()


def children(toy: Toy) -> dict[str, int]:
    return dict(json.loads(toy.state.children.read_text()))


def open_stream(toy: Toy) -> socket.socket:
    """A client that reads an endless answer, as a browser with an event stream does."""
    stream = socket.create_connection(("127.0.0.1", toy.port), timeout=5)
    stream.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert stream.recv(1000).startswith(b"HTTP/1.1 200")
    return stream


@pytest.mark.parametrize("server", ["granian", "uvicorn", "daphne"])
def test_plane_starts_and_stops_with_a_stream_open(toy: Maker, server: str) -> None:
    plane = toy(server)
    plane.up()
    plane.wait_until_ready()
    pids = children(plane)
    assert set(pids) == CHILDREN
    with open_stream(plane):
        assert plane.stop() < SLOWEST_STOP
    assert plane.process
    assert plane.process.returncode == 0
    assert plane.left() == []
    assert not any(map(alive, pids.values()))
    assert plane.said().endswith("Stopping ...\nStopped.\n")


def test_ready_plane_has_migrated_seeded_and_shown_the_way(toy: Maker) -> None:
    plane = toy()
    plane.up()
    plane.wait_until_ready()
    published = json.loads(plane.state.environment.read_text())
    with psycopg.connect(published["DATABASE_OWNER_URL"]) as connection:
        tables = connection.execute(
            "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
    assert tables == [("demo", "controlplane_app"), ("migrate", "controlplane_owner")]
    assert f"http://127.0.0.1:{plane.port}/mcp" in plane.said()
    assert '"X-API-Key": "cp_toy"' in plane.said()
    assert plane.state.secrets.joinpath("audit_seal_key").exists()
    devices = (plane.state.log / "miner-sim.log").read_text()
    assert devices.count("--miner") == 12
    web = dict(_environ(children(plane)["web"]))
    assert "DATABASE_OWNER_URL" not in web
    assert web["PROMETHEUS_MULTIPROC_DIR"] == str(plane.state.metrics)


def _environ(pid: int) -> Iterator[tuple[str, str]]:
    with open(f"/proc/{pid}/environ") as file:
        for entry in file.read().split("\0"):
            name, _, value = entry.partition("=")
            yield name, value


def test_data_survives_and_nothing_is_made_twice(toy: Maker) -> None:
    plane = toy()
    plane.up("--no-sim")
    plane.wait_until_ready()
    assert set(children(plane)) == CHILDREN - {"qsys-sim", "miner-sim"}
    address = json.loads(plane.state.environment.read_text())["DATABASE_URL"]
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    secret = plane.state.secrets.joinpath("secret_key").read_text()
    plane.stop(signal.SIGTERM)
    plane.up("--no-sim")
    plane.wait_until_ready(times=2)
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT seven FROM kept").fetchone() == (7,)
    assert plane.state.secrets.joinpath("secret_key").read_text() == secret
    assert not plane.state.demo.exists()


@pytest.mark.fault
def test_every_killed_child_comes_back_and_the_plane_answers(toy: Maker) -> None:
    plane = toy()
    plane.up()
    plane.wait_until_ready()
    before = children(plane)
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    until(lambda: replaced(before, children(plane)), 20, plane.said)
    until(lambda: answers(plane), 20, plane.said)


def replaced(before: dict[str, int], now: dict[str, int]) -> bool:
    return set(now) == CHILDREN and not set(before.values()) & set(now.values())


def answers(plane: Toy) -> bool:
    try:
        url = f"http://127.0.0.1:{plane.port}/ready"
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.fault
def test_killed_launcher_leaves_nothing_and_the_next_start_works(toy: Maker) -> None:
    plane = toy()
    plane.up()
    plane.wait_until_ready()
    assert len(plane.left()) >= len(CHILDREN)
    assert plane.process
    plane.process.kill()
    plane.process.wait()
    plane.up()  # at once: while the old children are still on their way out
    plane.wait_until_ready(times=2)
    plane.process.kill()
    plane.process.wait()
    until(lambda: plane.left() == [], 6, lambda: f"left: {plane.left()}")


def test_second_start_in_the_same_folder_is_refused(toy: Maker) -> None:
    plane = toy()
    first = plane.up()
    plane.wait_until_ready()
    before = children(plane)
    second = plane.up()
    assert second.wait(10) == 1
    plane.process = first
    assert f"already runs here (process {first.pid}" in plane.said()
    assert children(plane) == before


def failure(plane: Toy, *arguments: str) -> str:
    """What a launch that cannot succeed says; nothing of it may be left."""
    assert plane.up(*arguments).wait(60) == 1
    assert plane.left() == []
    assert "Traceback" not in plane.said()
    return plane.said()


def test_taken_port_is_said_before_anything_starts(toy: Maker) -> None:
    plane = toy()
    with socket.socket() as other:
        other.bind(("127.0.0.1", plane.port))
        other.listen()
        assert f"port {plane.port} is taken" in failure(plane)
    assert not plane.state.postgres.exists()


def test_taken_site_is_said_before_anything_starts(toy: Maker) -> None:
    plane = toy()
    with socket.socket() as other:
        network = plane.environ["DEMO_NETWORK"]
        other.bind((f"{network}.1.3", site.MINER_PORT + site.port_offset(network)))
        other.listen()
        said = failure(plane)
    assert "another simulated site" in said


@pytest.mark.parametrize("step", ["migrate", "demo"])
def test_failing_step_is_quoted_and_everything_taken_down(toy: Maker, step: str) -> None:
    said = failure(toy(TOY_FAILS=step))
    assert f"`{step}` failed (exit status 1)" in said
    assert "    the toy was told to fail" in said


def test_web_process_that_keeps_dying_ends_the_start_with_its_words(toy: Maker) -> None:
    plane = toy()
    (plane.folder / "controlplane" / "asgi.py").write_text("raise SystemExit('no application')\n")
    said = failure(plane, "--no-sim")
    assert "web died 3 times in a row" in said
    assert "no application" in said


def test_stop_in_the_middle_of_a_start_takes_everything_down(toy: Maker) -> None:
    plane = toy(TOY_HANGS="migrate")
    plane.up()
    log = plane.state.log / "migrate.log"
    until(lambda: log.exists() and "hanging" in log.read_text(), 30, plane.said)
    assert plane.stop() < SLOWEST_STOP
    assert plane.process
    assert plane.process.returncode == 0
    assert plane.left() == []


def test_given_services_are_used_and_no_engine_is_started(toy: Maker) -> None:
    """One plane's engines serve another."""
    owner = toy()
    owner.up("--no-sim")
    owner.wait_until_ready()
    published = json.loads(owner.state.environment.read_text())
    names = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
    guest = toy(**{name: published[name] for name in names})
    guest.up("--no-sim")
    guest.wait_until_ready()
    assert set(children(guest)) == {"web", "worker", "ticks", "poller", "beat"}
    assert not guest.state.postgres.exists()


def test_wrong_setting_is_a_sentence(toy: Maker) -> None:
    assert "SERVER=apache: choose one of granian, uvicorn, daphne" in failure(toy("apache"))
