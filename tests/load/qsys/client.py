"""Our side of the comparison: one Core polled at 33 Hz through the poller's intake."""

import asyncio
import gc
import json
import os
import sys
import time

import django
import uvloop


async def measure(host: str, port: int, seconds: float) -> dict[str, float]:
    """Polls answered a second, CPU in cores and changes a poll, after a second to warm up."""
    from apps.kernel.ids import new_id
    from apps.qsys.client import QrcTransport, QsysSession
    from apps.qsys.poller.grid import Grid
    from apps.qsys.poller.intake import Intake
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
        grid, polls, changes = Grid(1 / 33, time.monotonic()), 0, 0
        began, spent = time.monotonic() + 1, 0.0
        while time.monotonic() < began + seconds:
            await asyncio.sleep(grid.wait(time.monotonic()))
            poll = await group.poll()
            intake.take(poll, slots, (), "code", first=False)
            if polls % 33 == 0:
                # What the shard's tick and the writer take away each second.
                intake.flush_values()
                buffer.take()
            intake.live.frame()
            grid.passed(time.monotonic())
            if not spent and time.monotonic() >= began:
                began, spent, polls, changes = time.monotonic(), time.process_time(), 0, 0
            polls, changes = polls + 1, changes + len(poll.changes)
        took = time.monotonic() - began
    cpu = (time.process_time() - spent) / took
    return {"hz": polls / took, "cpu": cpu, "changes": changes / max(1, polls)}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
    os.environ.setdefault("ENVIRONMENT", "test")
    django.setup()
    given = sys.argv[1:]
    print(json.dumps(uvloop.run(measure(given[0], int(given[1]), float(given[2])))))
