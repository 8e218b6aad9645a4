"""The main job under fire: upgrades on a running plane, and what must be true of them after."""

import os
import signal
from typing import Any, Final
from uuid import uuid4

import httpx
import redis

from apps.ops.launcher.engines import bootstrap_sql
from tests.flows.conftest import Api
from tests.support.controls import MinerControl
from tests.support.engines import until
from tests.support.plane import Plane

OVER = ("succeeded", "failed", "partial", "cancelled", "needs_human")
OPERATION: Final = "miners.firmware.upgrade"
#: A lost lease (15 s), the tick that notices (5 s), a boot, the proof, and a slow machine.
TO_THE_END = 150.0


class Upgrade:
    """A firmware upgrade of one miner, asked for by an engineer's script."""

    def __init__(self, plane: Plane, miner: str) -> None:
        self.api, self.admin = Api(plane, "engineer"), Api(plane, "admin")
        self.miner, self.device = miner_of(plane, miner), device_of(plane, miner)["id"]
        images = self.api.call("miners.firmware.list", input={}).json()["output"]["images"]
        self.key, self.wanted = uuid4().hex, {"device": self.device, "image": images[0]["id"]}
        self.version = images[0]["version"]
        self.job = self.begin()

    def begin(self) -> str:
        """Plan, confirm; the id of the job. Asked again with the same key: the same job."""
        plan = self._call()
        self.confirmation = plan["confirmation"]
        return self.again()

    def again(self) -> str:
        """The confirmed request (once more)."""
        return str(self._call(confirmation=self.confirmation)["job"]["id"])

    def _call(self, **more: Any) -> dict[str, Any]:
        answer = self.api.call(OPERATION, key=self.key, input=self.wanted, **more)
        assert answer.status_code in (202, 428), answer.text
        return dict(answer.json())

    # -- where it stands

    def row(self) -> dict[str, Any]:
        return dict(self.api.get(f"/api/v1/jobs/{self.job}/"))

    def targets(self) -> list[dict[str, Any]]:
        return list(self.api.get("/api/v1/targets/", job=self.job)["items"])

    def moves(self) -> list[str]:
        """The states of its target, in order."""
        trail = self.admin.get("/api/v1/audit/", job=self.job, limit=100)["items"]
        return [
            row["verdict"]
            for row in reversed(trail)
            if row["entry"] == "transition" and row["object_kind"] == "device"
        ]

    def outcomes(self) -> list[str]:
        trail = self.admin.get("/api/v1/audit/", job=self.job, limit=100)["items"]
        return [row["verdict"] for row in trail if row["entry"] == "outcome"]

    def reach(self, *states: str, seconds: float = 60.0) -> str:
        """Waits until the target is in one of the states; says in which."""
        until(lambda: self._target() in states, seconds, lambda: f"{states}: {self.moves()}")
        return self._target()

    def _target(self) -> str:
        found = self.targets()
        return str(found[0]["state"]) if found else ""

    def end(self, seconds: float = TO_THE_END) -> dict[str, Any]:
        """The row of the job when it is over; while the plane is away, it is asked again."""
        until(self._is_over, seconds, lambda: f"{self._row_if_any()}")
        return self.row()

    def _is_over(self) -> bool:
        return self._row_if_any().get("state") in OVER

    def _row_if_any(self) -> dict[str, Any]:
        try:
            return self.row()
        except httpx.HTTPError:
            return {}

    # -- what must be true

    def require_done_once(self, *, images: int = 1) -> None:
        """Succeeded, proven by the miner, one outcome, no more images than intents."""
        row, moves = self.end(), self.moves()
        assert row["state"] == "succeeded", (row, moves)
        assert moves[-1] == "succeeded", moves
        assert self.outcomes() == ["ok"]
        taken = len(self.miner.history("image"))
        assert taken == images, (taken, moves)
        assert taken <= moves.count("sending"), moves
        assert self.miner.tell("state")["state"]["version"] == self.version
        assert self.again() == self.job


def device_of(plane: Plane, name: str) -> dict[str, Any]:
    """A device of the demo."""
    return dict(next(one for one in plane.demo["devices"] if one["name"] == name))


def miner_of(plane: Plane, name: str) -> MinerControl:
    """The simulated miner behind it."""
    return MinerControl(plane, device_of(plane, name)["address"])


def fresh(plane: Plane, name: str) -> str:
    """The miner of that name, or another one where it was upgraded before.

    A second try of a test begins on a plane that has seen the first: the job of that may still
    be at work, and its miner no longer runs the old version.
    """
    api = Api(plane, "viewer")
    ours = {"kind": "miner", "tenant": "default"}
    names = [one["name"] for one in plane.demo["devices"] if ours.items() <= one.items()]
    for one in (name, *reversed(names)):
        device = device_of(plane, one)["id"]
        if not api.get("/api/v1/jobs/", device=device, operation=OPERATION)["items"]:
            return str(one)
    raise AssertionError(f"every miner was upgraded before: {names}")


def kill(plane: Plane, name: str) -> int:
    """kill -9 of a child and nothing else; the process id it had."""
    return plane.kill(name, signal.SIGKILL)


def comes_back(plane: Plane, name: str, before: int, seconds: float = 60.0) -> int:
    """Waits until the supervisor has another process of that name; its id."""
    seen = before

    def another() -> bool:
        nonlocal seen
        seen = plane.pids().get(name, before)
        return seen != before

    until(another, seconds, lambda: plane.log("up")[-2000:])
    return seen


def answers(plane: Plane, store: str) -> bool:
    """Whether PostgreSQL or Valkey itself takes connections, whoever else may or may not."""
    if store == "postgres":
        return bootstrap_sql.answers(plane.environ["DATABASE_URL"])
    try:
        with redis.Redis.from_url(plane.environ["REDIS_URL"], socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def is_alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def freeze(leader: int, *, thaw: bool = False) -> None:
    """Stops a whole process group as a frozen machine would, or lets it go on."""
    os.killpg(leader, signal.SIGCONT if thaw else signal.SIGSTOP)


def ready(plane: Plane) -> bool:
    """Whether `/ready` says so."""
    try:
        return httpx.get(f"{plane.url}/ready", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
