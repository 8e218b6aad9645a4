"""Rollouts on a running plane: asked for by a crowd, stopped in an emergency, and left by the
database or by every process of the plane in each of their phases."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import httpx
import psycopg
import pytest

from apps.ops.launcher.commands import SERVICES
from apps.ops.launcher.engines import bootstrap_sql
from tests.faults.crowd import CONFLICT, DONE, all_at_once
from tests.faults.scene import OPERATION, comes_back, device_of, miner_of, ready
from tests.flows.conftest import FAST, Api
from tests.support.controls import MinerControl
from tests.support.engines import until
from tests.support.plane import Plane

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("faults")]

CROWD: Final = 50
UNLIMITED: Final = {
    f"{face}_RATE_LIMIT_{what}": "100000" for face in ("API", "MCP") for what in ("RPM", "BURST")
}
#: What a miner writes down of itself, or at a log-in, without having been told to change anything.
NO_WRITES: Final = frozenset({"login", "login_refused", "image", "reboot", "start", "ramping"})
ALL_AT_ONCE: Final = [{"name": "all", "abort": []}]


@pytest.fixture(scope="module")
def plane() -> Iterator[Plane]:
    with Plane(environ={**FAST, **UNLIMITED}) as running:
        yield running


class Rollout:
    """A firmware rollout by an engineer's script."""

    def __init__(self, plane: Plane, miners: list[str], phases: list[dict[str, Any]]) -> None:
        self.plane, self.api, self.admin = plane, Api(plane, "engineer"), Api(plane, "admin")
        self.miners: list[MinerControl] = [miner_of(plane, name) for name in miners]
        images = self.api.call("miners.firmware.list", input={}).json()["output"]["images"]
        self.wanted = {
            "name": f"Under fire {uuid4().hex[:6]}",
            "operation": OPERATION,
            "input": {"image": images[0]["id"]},
            "devices": miners,
            "phases": phases,
        }
        made = self.call("create", **self.wanted)
        self.id = str(made["output"]["rollout"])

    def call(self, verb: str, **data: Any) -> dict[str, Any]:
        """One call; a plan is confirmed."""
        name, key, body = f"fleet.rollout.{verb}", uuid4().hex, {"input": data}
        answer = self.api.call(name, key=key, **body)
        if answer.status_code == 428:
            token = answer.json()["confirmation"]
            answer = self.api.call(name, key=key, confirmation=token, **body)
        assert answer.status_code in (200, 202), answer.text
        return dict(answer.json())

    def start(self) -> None:
        self.call("start", rollout=self.id)

    def row(self) -> dict[str, Any]:
        """As it stands; nothing while the plane is away."""
        try:
            body = {"rollout": self.id, "limit": 50}
            answer = self.api.call("fleet.rollout.get", input=body)
            return dict(answer.json()["output"]) if answer.status_code == 200 else {}
        except httpx.HTTPError:
            return {}

    def reach(self, *states: str, seconds: float = 150) -> None:
        until(lambda: self.row().get("state") in states, seconds, lambda: f"{self.row()}")

    def phase_is(self, number: int, *states: str, seconds: float = 120) -> None:
        def there() -> bool:
            row = self.row()
            return bool(row) and row["phases"][number]["state"] in states

        until(there, seconds, lambda: f"{self.row()}")

    def members(self) -> list[str]:
        """The members' states, in order."""
        return [str(one["state"]) for one in self.row()["members"]]

    def moves(self) -> list[str]:
        """The moves of the rollout and its phases, in order."""
        rows = trail(self.admin, object=self.id)
        return [row["verdict"] for row in rows if row["entry"] == "transition"]


def trail(admin: Api, **wanted: str) -> list[dict[str, Any]]:
    """The audit lines, oldest first."""
    return list(reversed(admin.get("/api/v1/audit/", limit=200, **wanted)["items"]))


def begun(miner: MinerControl) -> bool:
    return bool(miner.history("upload_begun"))


# -- asked for by a crowd


def test_an_upgrade_that_fifty_ask_for_at_once_is_one_job_and_one_flash(plane: Plane) -> None:
    api, admin, device = Api(plane, "engineer"), Api(plane, "admin"), device_of(plane, "Miner 01")
    image = api.call("miners.firmware.list", input={}).json()["output"]["images"][0]["id"]
    heard = all_at_once(plane, OPERATION, {"device": device["id"], "image": image}, CROWD)
    assert Counter(said for _, said in heard) == {DONE: 1, CONFLICT: CROWD - 1}, heard
    jobs = api.get("/api/v1/jobs/", device=device["id"], operation=OPERATION)["items"]
    assert len(jobs) == 1
    lines = trail(admin, device=device["id"], operation=OPERATION)
    counted = Counter(row["entry"] for row in lines if row["entry"] in ("intent", "denied"))
    assert counted == {"intent": 1, "denied": CROWD - 1}
    job = jobs[0]["id"]
    until(
        lambda: api.get(f"/api/v1/jobs/{job}/")["state"] == "succeeded",
        120,
        lambda: str(api.get(f"/api/v1/jobs/{job}/")),
    )
    miner = miner_of(plane, "Miner 01")
    assert len(miner.history("upload_begun")) == len(miner.history("image")) == 1


def test_a_rollout_that_fifty_start_at_once_runs_once(plane: Plane) -> None:
    rollout = Rollout(plane, ["Miner 02"], ALL_AT_ONCE)
    heard = all_at_once(plane, "fleet.rollout.start", {"rollout": rollout.id}, CROWD)
    assert Counter(said for _, said in heard) == {DONE: 1, CONFLICT: CROWD - 1}, heard
    lines = trail(rollout.admin, operation="fleet.rollout.start")
    ends = Counter(row["verdict"] for row in lines if row["entry"] in ("outcome", "denied"))
    assert ends["ok"] == 1
    assert ends.total() == CROWD
    rollout.reach("succeeded")
    assert rollout.moves().count("approved") == 1
    assert len(rollout.miners[0].history("upload_begun")) == 1


# -- stopped in an emergency


def test_nothing_is_written_later_than_a_second_after_an_emergency_stop(plane: Plane) -> None:
    names = ["Miner 03", "Miner 04", "Miner 05", "Miner 06"]
    rollout = Rollout(plane, names, [{"name": "all", "concurrency": 1, "abort": []}])
    admin = Api(plane, "admin")
    with ExitStack() as over, switching(plane, ["Miner 09", "Miner 10"]) as heard:
        rollout.start()
        until(lambda: begun(rollout.miners[0]), 60, lambda: f"{rollout.row()}")
        until(lambda: 200 in heard, 30, lambda: f"{heard}")
        answer = admin.call("fleet.stop.set", key=uuid4().hex, input={"site": "/"}, reason="fire")
        stopped = datetime.now(UTC)
        assert answer.status_code == 200, answer.text
        over.callback(lift, admin, answer.json()["output"]["stop"])
        rollout.reach("paused")
        until(lambda: heard[-4:] == [409] * 4, 30, lambda: f"{heard}")
        assert rollout.row()["cause"] == "emergency_stop"
        assert rollout.members().count("queued") >= len(names) - 2
        late = [
            (name, entry)
            for name in (*names, "Miner 09", "Miner 10")
            for entry in miner_of(plane, name).tell("history")["history"]
            if entry["what"] not in NO_WRITES
            and datetime.fromisoformat(entry["at"]) > stopped + timedelta(seconds=1)
        ]
        assert late == []
    rollout.call("cancel", rollout=rollout.id)
    rollout.reach("cancelled")


@contextmanager
def switching(plane: Plane, names: list[str]) -> Iterator[list[int]]:
    """Lights of miners are switched without a pause; gives the statuses heard."""
    heard: list[int] = []
    over = threading.Event()

    def work() -> None:
        api, on = Api(plane, "engineer"), True
        while not over.is_set():
            for name in names:
                answer = api.call("miners.miner.locate", input={"device": name, "on": on})
                heard.append(answer.status_code)
            on = not on

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield heard
    finally:
        over.set()
        thread.join()


def lift(admin: Api, stop: str) -> None:
    """End the stop, with the plan's confirmation."""
    body = {"input": {"stop": stop}}
    asked = admin.call("fleet.stop.lift", key="lift", **body)
    token = asked.json()["confirmation"]
    assert admin.call("fleet.stop.lift", key="lift", confirmation=token, **body).status_code == 200


# -- left by the database, and by everything

PHASES: Final = [
    {"name": "canary", "size": 1, "soak_seconds": 4, "abort": [], "gate": "auto"},
    {"name": "rest", "soak_seconds": 0, "abort": [], "gate": "auto"},
]


def test_it_goes_on_whatever_ends_in_whichever_phase(plane: Plane) -> None:
    """Terminated while the canary gets its image, killed while it soaks, no connection left and
    PostgreSQL ended at once while the second one is upgraded."""
    rollout = Rollout(plane, ["Miner 07", "Miner 08"], PHASES)
    canary, second = rollout.miners
    rollout.start()
    until(lambda: begun(canary), 60, lambda: f"{rollout.row()}")
    end(plane, signal.SIGTERM, SERVICES)
    rollout.phase_is(0, "soaking")
    end(plane, signal.SIGKILL, (*SERVICES, "valkey", "postgres"))
    until(lambda: begun(second), 120, lambda: f"{rollout.row()}")
    assert rollout.row()["phases"][0]["state"] == "passed"
    refused = without_connections(plane, lambda: write(rollout.api), seconds=3)
    assert refused
    assert set(refused) <= {503}
    end(plane, signal.SIGQUIT, ("postgres",))
    rollout.reach("succeeded")
    assert rollout.moves()[-8:] == [
        *("running", "running", "soaking", "passed"),
        *("running", "soaking", "passed", "succeeded"),
    ]
    for miner in rollout.miners:
        assert len(miner.history("image")) == 1
        assert miner.tell("state")["state"]["version"] == canary.tell("state")["state"]["version"]
    outcomes = trail(rollout.admin, operation=OPERATION, entry="outcome")
    assert [row["verdict"] for row in outcomes[-2:]] == ["ok", "ok"]


def end(plane: Plane, number: signal.Signals, names: tuple[str, ...]) -> None:
    """Ends processes all together, and waits until each has its successor and all is ready."""
    before = {name: plane.kill(name, number) for name in names}
    for name, pid in before.items():
        comes_back(plane, name, pid)
    until(lambda: ready(plane), 90, lambda: plane.log("up")[-2000:])


def write(api: Api) -> int:
    """The status of a harmless change, asked for once."""
    body = {"device": "Miner 09", "on": True}
    try:
        return api.call("miners.miner.locate", key=uuid4().hex, input=body).status_code
    except httpx.HTTPError:
        return 0


def without_connections(plane: Plane, ask: Callable[[], int], seconds: float) -> list[int]:
    """PostgreSQL lets nobody of the plane in for so long; what was heard meanwhile."""
    role, heard = bootstrap_sql.RUNTIME, []
    admin = admin_url(plane)
    with psycopg.connect(admin, autocommit=True) as line:
        line.execute(f"ALTER ROLE {role} CONNECTION LIMIT 0")
        try:
            give_up = time.monotonic() + seconds
            while time.monotonic() < give_up:
                line.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s",
                    [role],
                )
                heard.append(ask())
        finally:
            line.execute(f"ALTER ROLE {role} CONNECTION LIMIT -1")
    until(lambda: ready(plane), 60, lambda: plane.log("up")[-2000:])
    return heard


def admin_url(plane: Plane) -> str:
    """The database's superuser, as the launcher comes in."""
    head, _, rest = plane.environ["DATABASE_URL"].partition("://")
    return f"{head}://postgres@{rest.partition('@')[2]}"
