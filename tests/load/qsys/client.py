"""Our side of the comparison: one Core polled at 33 Hz through the poller's intake."""

import asyncio
import gc
import itertools
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import django
import uvloop


async def measure(host: str, port: int, seconds: float) -> dict[str, float]:
    """Polls answered a second, CPU in cores and changes a poll, after a second to warm up."""
    from apps.kernel.ids import new_id
    from apps.qsys.client import QrcTransport, QsysSession
    from apps.qsys.poller.grid import Grid
    from apps.qsys.poller.gridpolls import GridPolls
    from apps.qsys.poller.intake import Intake
    from apps.qsys.poller.metronome import Metronome
    from apps.qsys.poller.slots import Slot
    from apps.qsys.telemetry import Buffer, Place

    buffer = Buffer()
    intake = Intake(Place(new_id(), new_id(), "/"), buffer)
    async with QsysSession(QrcTransport(host, port), timeout=20) as session:
        group, slots = session.group("all"), {}
        for component in await session.components():
            found = await session.controls(component.name)
            await group.add(component.name, [one.name for one in found])
            for one in found:
                slot = Slot(len(slots) + 1, component.name, one.name, telemetry=True)
                slots[component.name, one.name] = slot
        gc.freeze()
        told = Told(lambda poll: intake.take(poll, slots, (), "code", first=False))
        grid = Grid(1 / 33, time.monotonic())
        polls = GridPolls(group, grid, Metronome(), told.take, patience=20)
        polling = asyncio.create_task(polls.run())
        ticking = asyncio.create_task(ticks(intake, buffer))
        await asyncio.sleep(1)
        spent, before, began = time.process_time(), (told.polls, told.changes), time.monotonic()
        await asyncio.sleep(seconds)
        took = time.monotonic() - began
        cpu = (time.process_time() - spent) / took
        answered, changed = told.polls - before[0], told.changes - before[1]
        for task in (polling, ticking):
            task.cancel()
        await asyncio.gather(polling, ticking, return_exceptions=True)
    return {"hz": answered / took, "cpu": cpu, "changes": changed / max(1, answered)}


async def ticks(intake: Any, buffer: Any) -> None:
    """What the shard's ticks and the writer take away: frames and, each second, the rest."""
    for number in itertools.count(1):
        await asyncio.sleep(0.1)
        intake.live.frame()
        if number % 10 == 0:
            intake.flush_values()
            buffer.take()


class Told:
    """Counts polls on their way into the intake."""

    def __init__(self, take: Callable[[Any], None]) -> None:
        self._take = take
        self.polls = self.changes = 0

    def take(self, poll: Any, missed: int) -> None:
        self._take(poll)
        self.polls += 1
        self.changes += len(poll.changes)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
    os.environ.setdefault("ENVIRONMENT", "test")
    django.setup()
    given = sys.argv[1:]
    print(json.dumps(uvloop.run(measure(given[0], int(given[1]), float(given[2])))))
