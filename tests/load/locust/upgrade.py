"""One firmware upgrade of one miner, followed from its plan to what the miner itself says."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from gevent import sleep

from tests.load.locust.asking import Caller
from tests.support.controls import order

OVER = ("succeeded", "failed", "partial", "cancelled", "needs_human")
GOOD_PATH = [
    *("preflight", "ready", "sending", "sent"),
    *("rebooting", "verifying", "committed", "succeeded"),
]
LOOK_SECONDS = 1.0


@dataclass
class Upgrade:
    """What became of it. `seen` is how far the job said it was, look by look."""

    wave: str
    miner: str
    wanted: str
    job: str = ""
    state: str = "not begun"
    detail: str = ""
    seconds: float = 0.0
    seen: list[int] = field(default_factory=list)
    moves: list[str] = field(default_factory=list)
    runs: str = ""
    images: int = 0

    @property
    def is_done(self) -> bool:
        """The job says so, and so does the miner."""
        return self.state == "succeeded" and self.runs == self.wanted

    @property
    def is_exact(self) -> bool:
        """Every move is in the evidence once and in order, progress never fell, and the miner got
        the image once."""
        return self.moves == GOOD_PATH and self.seen == sorted(self.seen) and self.images == 1

    @property
    def is_rolled_back(self) -> bool:
        """It failed, says so, and the miner runs what it ran before."""
        return self.state == "failed" and self.moves[-1:] == ["failed"] and self.runs != self.wanted


def upgrade(caller: Caller, told: Upgrade, image: str, simulator: Path, address: str) -> None:
    """Plan, confirm, follow; then ask the evidence and the simulated miner. Fills in `told`."""
    began, before = time.monotonic(), told_by(simulator, address)["images"]
    told.job = begin(caller, told.miner, image)
    if told.job:
        follow(caller, told)
    told.seconds = time.monotonic() - began
    told.moves = moves(caller, told.job) if told.job else []
    there = told_by(simulator, address)
    told.runs, told.images = there["version"], there["images"] - before


def begin(caller: Caller, miner: str, image: str) -> str:
    """The job's id: a plan first, then the same call with its confirmation."""
    name, key = "miners.firmware.upgrade", uuid4().hex
    wanted = {"device": miner, "image": image, "older": True}
    planned = caller.operation(name, wanted, key=key, expect=428)
    if not planned:
        return ""
    confirmation = planned["confirmation"]
    accepted = caller.operation(name, wanted, key=key, expect=202, confirmation=confirmation)
    return str(accepted["job"]["id"]) if accepted else ""


def follow(caller: Caller, told: Upgrade) -> None:
    """Look once a second until it is over."""
    while told.state not in OVER:
        sleep(LOOK_SECONDS)
        row = caller.resource(f"jobs/{told.job}/", "job")
        if row:
            told.state, told.detail = row["state"], row["failure_detail"] or row["sentence"]
            told.seen.append(row["done"])


def moves(caller: Caller, job: str) -> list[str]:
    """The states of its target in order, from the audit."""
    trail: list[dict[str, Any]] = caller.resource(f"audit/?job={job}&limit=100", "audit")["items"]
    return [
        row["verdict"]
        for row in reversed(trail)
        if row["entry"] == "transition" and row["object_kind"] == "device"
    ]


def told_by(simulator: Path, address: str) -> dict[str, Any]:
    """What the simulated miner says of itself, past the plane."""
    return dict(order(simulator, miner=address, do="state")["state"])
