"""A Core for tests: in this process, on free ports, gone at the end of the block."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from apps.qsys.simulator.core import Clock, Core
from apps.qsys.simulator.demo import demo_design
from apps.qsys.simulator.host import IDLE, CoreHost
from apps.qsys.simulator.pair import Pair
from apps.qsys.simulator.spec import DesignSpec

FREE = {"qrc": 0, "ws": 0, "wss": 0}


@asynccontextmanager
async def running_core(
    *,
    design: DesignSpec | None = None,
    controls: int = 200,
    meters: int = 2,
    address: str = "127.0.0.1",
    ports: dict[str, int] | None = None,
    users: dict[str, str] | None = None,
    api_keys: tuple[str, ...] = (),
    idle: float = IDLE,
    clock: Clock = time.monotonic,
    wall: Clock = time.time,
) -> AsyncIterator[CoreHost]:
    """A listening Core; its ports are in `host.ports`, its model is `host.core`.

    Without a design it runs the demo design with that many controls and meters. `idle` in seconds.
    """
    plan = design or demo_design(controls, meters)
    core = Core(plan, users=users, api_keys=api_keys, clock=clock, wall=wall)
    host = CoreHost(core, address, ports=FREE if ports is None else ports, idle=idle)
    await host.listen()
    try:
        yield host
    finally:
        await host.stop()


@asynccontextmanager
async def running_pair(
    *, controls: int = 200, meters: int = 2, ports: dict[str, int] | None = None
) -> AsyncIterator[Pair]:
    """Two listening Cores that back each other up, on addresses of their own; the first serves."""
    design = demo_design(controls, meters)
    hosts = [
        CoreHost(Core(design, name=name), address, ports=FREE if ports is None else ports)
        for name, address in (("first", "127.0.0.1"), ("second", "127.0.0.2"))
    ]
    pair = Pair(*hosts)
    for host in hosts:
        await host.listen()
    try:
        yield pair
    finally:
        for host in hosts:
            await host.stop()
