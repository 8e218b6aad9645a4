"""A range of fourteen addresses with simulated miners in it, which is scanned and adopted from."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from apps.fleet.models import DiscoveryRange
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.miners.models import Find
from apps.miners.simulator import SimulatedMiner
from tests.support.miners import own_network
from tests.support.minersite import MinerSite, call, confirmed, is_over, job_of, work

HALL = "/plant/hall-a/"
LOGIN = {"username": "root", "password": "root"}


@dataclass
class Yard:
    """The range, its hosts, and what stands there. `place` numbers addresses from 0."""

    site: MinerSite
    clock: ManualClock
    actor: Actor
    range: DiscoveryRange

    def at(self, place: int) -> str:
        return str(own_network()[place + 1])

    def miner(self, place: int, **born: Any) -> SimulatedMiner:
        return self.site.miner(at=self.at(place), **born)

    def move(self, miner: SimulatedMiner, place: int) -> None:
        """Off there, and on here."""

        async def carry() -> None:
            await miner.refuse()
            miner.state.address = self.at(place)
            await miner.accept()

        self.site.run(carry())

    def scan(self) -> dict[str, Any]:
        """Looks through the range a second later; gives the job's answer."""
        self.clock.advance(1.0)
        job = call(self.actor, "miners.discovery.scan", {"range": str(self.range.id)}).job
        assert job is not None
        work(lambda: is_over(job.id), clock=self.clock)
        done = job_of(job.id)
        assert done.state == "succeeded", (done.state, done.failure_detail)
        return dict(done.output or {})

    def find(self, place: int) -> str:
        return str(Find.system.get(range=self.range, address=self.at(place)).id)

    def adopt(self, *places: int, actor: Actor | None = None, **more: Any) -> dict[str, Any]:
        """Adopts what answered there; the plan is confirmed."""
        data = {"finds": [self.find(place) for place in places], **more}
        output = confirmed(actor or self.actor, "miners.discovery.adopt", data).output
        assert output is not None
        return output

    def verdicts(self, actor: Actor | None = None) -> dict[int, tuple[str, str]]:
        """What stands at each place, and why, as of now."""
        data = {"range": str(self.range.id)}
        output = call(actor or self.actor, "miners.discovery.list", data).output
        assert output is not None
        places = {self.at(place): place for place in range(14)}
        finds = output["finds"]
        return {places[one["address"]]: (one["verdict"], one["reason"]) for one in finds}


@contextmanager
def other_miner(site: MinerSite, address: str, answer: bytes) -> Iterator[None]:
    """A machine of another make: it answers on port 4028 alone."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = site.run(asyncio.start_server(speak, address, 4028))
    try:
        yield
    finally:
        server.close()


@contextmanager
def swallowing(address: str, port: int) -> Iterator[None]:
    """A port whose queue is full: who connects hears nothing, not even a refusal."""
    with socket.socket() as server, ExitStack() as waiting:
        server.bind((address, port))
        server.listen(0)
        for _ in range(2):
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex((address, port))
        yield


def version(**said: str) -> bytes:
    """What such a machine answers."""
    return json.dumps({"STATUS": [{"STATUS": "S"}], "VERSION": [said], "id": 1}).encode() + b"\0"
