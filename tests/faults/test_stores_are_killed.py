"""kill -9 of Valkey and of PostgreSQL during an upgrade: 503 meanwhile, and then all goes on."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from typing import Any

import httpx
import pytest

from tests.faults.scene import Upgrade, answers, comes_back, fresh, kill, ready
from tests.flows.conftest import Api
from tests.support.engines import until
from tests.support.plane import Plane

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("faults")]

#: From the first connection that a store takes again to the first good answer of ours (s).
SOON = 5.0
LIST = "/api/v1/devices/?limit=1"


@dataclass
class Witness:
    """Asks one address again and again, and writes down when it said what."""

    url: str
    key: str
    body: dict[str, Any] | None = None
    heard: list[tuple[float, int, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        with httpx.Client(headers={"X-API-Key": self.key}, timeout=30) as client:
            while not self.over.wait(0.1):
                self.heard.append((time.monotonic(), *self._asked(client)))

    def _asked(self, client: httpx.Client) -> tuple[int, str]:
        """Status and Retry-After; no answer at all is status 0."""
        try:
            answer = client.request(self.method, self.url, json=self.body)
        except httpx.HTTPError as error:
            return 0, repr(error)
        return answer.status_code, answer.headers.get("retry-after", "")

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"

    def count(self, status: int) -> int:
        return sum(1 for _, said, _ in self.heard if said == status)

    def first_good(self, since: float) -> float:
        """Seconds from `since` to the first 200; endless while there is none."""
        good = (at for at, said, _ in self.heard if at >= since and said == 200)
        return next(good, inf) - since


@contextmanager
def watching(plane: Plane, path: str, body: dict[str, Any] | None = None) -> Iterator[Witness]:
    """A witness of an address while the block runs."""
    witness = Witness(f"{plane.url}{path}", plane.key("viewer"), body)
    thread = threading.Thread(target=witness.watch)
    thread.start()
    try:
        yield witness
    finally:
        witness.over.set()
        thread.join()


def keep_down(plane: Plane, name: str, seconds: float) -> None:
    """Kills a store whenever it shows itself, for so long, and then lets it live.

    Ends once the store takes connections: until then it recovers what it was killed at, which
    takes it as long as the machine is slow.
    """
    give_up, before = time.monotonic() + seconds, 0
    while time.monotonic() < give_up:
        pid = plane.pids().get(name, before)
        if pid != before:
            kill(plane, name)
            before = pid
        time.sleep(0.01)
    comes_back(plane, name, before)
    until(lambda: answers(plane, name), 60, lambda: plane.log(name)[-2000:])


@pytest.mark.parametrize(("miner", "moment"), [("Miner 01", "sending"), ("Miner 02", "rebooting")])
def test_database_dies_during_an_upgrade(plane: Plane, miner: str, moment: str) -> None:
    upgrade = Upgrade(plane, fresh(plane, miner))
    upgrade.reach(moment, "sent", "rebooting")
    asked = "/api/v1/operations/fleet.device.list"
    with watching(plane, LIST) as reader, watching(plane, asked, {}) as caller:
        keep_down(plane, "postgres", 3)
        back = time.monotonic()
        until(lambda: ready(plane), 30, lambda: plane.log("up")[-2000:])
        for one in (reader, caller):
            until(lambda one=one: one.first_good(back) < inf, 30, lambda: plane.log("web")[-2000:])  # type: ignore[misc]
    for witness in (reader, caller):
        assert {said for _, said, _ in witness.heard} <= {200, 503}, witness.heard
        assert witness.count(503) >= 1
        assert all(wait.isdigit() for _, said, wait in witness.heard if said == 503)
        assert witness.first_good(back) <= SOON
    upgrade.require_done_once()


@pytest.mark.parametrize(("miner", "moment"), [("Miner 03", "sending"), ("Miner 04", "rebooting")])
def test_valkey_dies_during_an_upgrade(plane: Plane, miner: str, moment: str) -> None:
    upgrade = Upgrade(plane, fresh(plane, miner))
    upgrade.reach(moment, "sent", "rebooting")
    with watching(plane, LIST) as witness:
        keep_down(plane, "valkey", 3)
        back = time.monotonic()
        until(lambda: ready(plane), 30, lambda: plane.log("up")[-2000:])
        until(lambda: witness.first_good(back) < inf, 30, lambda: f"{witness.heard[-3:]}")
    assert {said for _, said, _ in witness.heard} <= {200, 503}, witness.heard
    assert witness.first_good(back) <= SOON
    upgrade.require_done_once()


def test_without_valkey_reads_are_answered_and_dangerous_calls_wait(plane: Plane) -> None:
    api = Api(plane, "engineer")
    down = threading.Thread(target=keep_down, args=(plane, "valkey", 4))
    down.start()
    try:
        until(lambda: not limiter_answers(api), 4, lambda: "Valkey never went away")
        refused = api.call("miners.miner.pause", input={"device": "Miner 05"})
        listed = api.client.get("/api/v1/devices/", params={"limit": 1})
    finally:
        down.join()
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert refused.headers["retry-after"].isdigit()
    assert listed.status_code == 200
    until(lambda: ready(plane), 30, lambda: plane.log("up")[-2000:])


def limiter_answers(api: Api) -> bool:
    """Whether a dangerous call gets as far as its plan."""
    answer = api.call("miners.miner.pause", input={"device": "Miner 05"})
    return answer.status_code == 428


def test_devices_are_polled_again_after_both_stores_died(plane: Plane) -> None:
    api = Api(plane, "viewer")
    for name in ("valkey", "postgres"):
        comes_back(plane, name, kill(plane, name))
    until(lambda: ready(plane), 30, lambda: plane.log("up")[-2000:])

    def fresh() -> bool:
        rows = api.get("/api/v1/devices/", kind="miner")["items"]
        return all((row["state"]["age"] or 99) < 10 for row in rows)

    until(fresh, 60, lambda: plane.log("poller")[-3000:])
