"""A dozen Cores under one poller, nine of them with a fault each: all recover alone, nothing that
a Core still reports is lost or told twice, and everything is counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from itertools import pairwise

from prometheus_client import REGISTRY

from apps.events.models import Outbox
from apps.fleet.models import Device, DeviceState, Liveness
from apps.qsys.models import Control, ControlEvent, ControlValue
from apps.qsys.simulator import CoreHost, Pair, running_core, running_pair
from tests.support.polling import QUICK, allow, eventually, paired, polling, registered, rows
from tests.support.qsys import until

#: What happens to each; the calm ones are left alone, and every turn of theirs is stored.
FAULTED = ("reboot", "reload", "pair", "cable", "slow", "line", "garbage", "silent", "refused")
CALM = ("calm 1", "calm 2", "calm 3")
NAMES = (*FAULTED, *CALM)
#: Away for longer than `lost`: one event says so, and one that it is back.
LOST = ("reboot", "cable", "slow", "silent", "refused")
LEVEL = ("Lobby Gain", "gain")
#: A turn of the level; exact in single precision, so that what is told can be compared.
START, STEP = -99.5, 0.125
#: As short as a busy machine allows: a calm Core has to be given its time to answer.
TIMES = replace(QUICK, answer=2.0, heartbeat=0.5, lost=2.5, unreachable=0.4)
PATIENCE = 30.0
COUNTED = {
    "reconnects": ("qsys_reconnects_total", {}),
    "garbage": ("poll_garbage_total", {"driver": "qsys"}),
    "answers": ("poll_rtt_seconds_count", {"driver": "qsys"}),
    "dropped": ("poll_dropped_total", {"driver": "qsys", "kind": "change"}),
    "stored": ("qsys_events_recorded_total", {"kind": "event"}),
    "connections": ("qsys_active_connections", {}),
    "unreachable": ("qsys_unreachable_cores", {}),
}


def counted() -> dict[str, float]:
    """What this process's metrics say."""
    return {
        name: REGISTRY.get_sample_value(metric, labels) or 0.0
        for name, (metric, labels) in COUNTED.items()
    }


class Floor:
    """The Cores by name, their rows, and a hand at every panel."""

    def __init__(self, hosts: dict[str, CoreHost], pair: Pair) -> None:
        self.hosts, self.pair = hosts, pair
        self.devices: dict[str, Device] = {}
        self.turned: dict[str, list[float]] = {name: [] for name in NAMES}
        self._due = dict.fromkeys(NAMES, 0)

    def host(self, name: str) -> CoreHost:
        """The Core; of the pair the one that serves, or served last."""
        if name != "pair":
            return self.hosts[name]
        return self.pair.active() or self.pair.hosts[0]

    def level(self, name: str) -> float:
        return float(self.host(name).core.control(*LEVEL).rendered().value)

    def enroll(self) -> None:
        for name in NAMES:
            made = paired(self.pair, name=name) if name == "pair" else None
            self.devices[name] = made or registered(self.hosts[name], name=name)

    async def turn(self, *names: str) -> None:
        """Turn levels on by a step for ever, each calm one once its last turn was taken."""
        while True:
            for name in names:
                core = self.host(name).core
                if name in CALM and core.counts["ChangeGroup.Poll"] < self._due[name]:
                    continue
                # One poll may be on its way, the next one tells, a third shows it was taken.
                self._due[name] = core.counts["ChangeGroup.Poll"] + 3
                self.turned[name].append(START + STEP * len(self.turned[name]))
                core.move(core.control(*LEVEL), self.turned[name][-1])
            await asyncio.sleep(0.15)


@asynccontextmanager
async def floor() -> AsyncIterator[Floor]:
    sizes = {"controls": 30, "meters": 1, "ports": {"qrc": 0}}
    async with AsyncExitStack() as stack:
        hosts = {
            name: await stack.enter_async_context(running_core(**sizes))  # type: ignore[arg-type]
            for name in NAMES
            if name != "pair"
        }
        pair = await stack.enter_async_context(running_pair(**sizes))  # type: ignore[arg-type]
        allow(*hosts.values(), *pair.hosts)
        made = Floor(hosts, pair)
        await rows(made.enroll)
        yield made


async def test_nine_faults_at_once_cost_no_other_core_a_change() -> None:
    before = counted()
    async with floor() as made, polling(TIMES):
        await eventually(lambda: all(map(is_well, made.devices.values())), PATIENCE)
        async with asyncio.TaskGroup() as group:
            hands = group.create_task(made.turn(*NAMES))
            await begin(made)
            await eventually(lambda: all(is_lost(made.devices[name]) for name in LOST), PATIENCE)
            await eventually(lambda: gave_up_on(made.devices["refused"]), PATIENCE)
            assert counted()["unreachable"] >= 1
            await end(made)
            await eventually(lambda: all(map(is_well, made.devices.values())), PATIENCE)
            await until(lambda: all(len(made.turned[name]) >= 10 for name in CALM), PATIENCE)
            hands.cancel()
        for name in NAMES:
            await eventually(lambda name=name: is_stored(made, name), PATIENCE)  # type: ignore[misc]
        after = counted()
        await rows(lambda: require_told_once(made))
        await rows(lambda: require_counted(made, before, after))


async def begin(made: Floor) -> None:
    """Each fault, all at about the same time."""
    hosts = made.hosts
    await hosts["refused"].refuse()
    hosts["refused"].cut()
    await hosts["reboot"].reboot(3.5, booting=0.5)
    hosts["cable"].core.faults.vanished = True
    hosts["slow"].core.faults.delay = 10.0
    hosts["silent"].core.faults.hang = True
    hosts["garbage"].core.faults.garbage = 3
    hosts["garbage"].core.faults.noise = 5_000
    hosts["line"].core.faults.endless = 100 * 1024 * 1024
    hosts["reload"].reload()
    await made.pair.switch_over(0.3)


async def end(made: Floor) -> None:
    """Whatever does not end by itself; nobody is told, the poller has to find out."""
    await made.hosts["refused"].listen()
    for name in ("cable", "slow", "silent", "garbage"):
        faults = made.hosts[name].core.faults
        faults.vanished = faults.hang = False
        faults.delay, faults.garbage = 0.0, 0


def is_well(device: Device) -> bool:
    known = ControlValue.objects.filter(control__device=device, control__name=LEVEL[1])
    return DeviceState.objects.get(device=device).liveness == Liveness.OK and known.exists()


def is_lost(device: Device) -> bool:
    return told(device, "lost") == 1


def gave_up_on(device: Device) -> bool:
    return DeviceState.objects.get(device=device).reason.startswith("Unreachable: ")


def told(device: Device, kind: str) -> int:
    return Outbox.objects.filter(type=f"fleet.device.{kind}", device_id=device.id).count()


def is_stored(made: Floor, name: str) -> bool:
    """Whether history and last value end with what the Core says."""
    found, level = history(made.devices[name]), made.level(name)
    last = ControlValue.objects.get(
        control__device=made.devices[name], control__component=LEVEL[0], control__name=LEVEL[1]
    )
    return bool(found) and found[-1] == last.number == level


def history(device: Device) -> list[float]:
    """What the device's level was, without its first value."""
    control = Control.system.get(device=device, component=LEVEL[0], name=LEVEL[1])
    found = ControlEvent.objects.filter(control_id=control.id).exclude(cause="first")
    return [row.number for row in found.order_by("at") if row.number is not None]


def require_told_once(made: Floor) -> None:
    """Every turn of the calm is there, nothing twice, and each change begins where one ended."""
    for name in CALM:
        assert history(made.devices[name]) == made.turned[name], name
    for name, device in made.devices.items():
        require_unbroken(device)
        losses = [told(device, kind) for kind in ("lost", "found")]
        assert losses == ([1, 1] if name in LOST else [0, 0]), (name, losses)


def require_unbroken(device: Device) -> None:
    changes = ControlEvent.objects.filter(device_id=device.id).order_by("control_id", "at")
    for before, after in pairwise(changes):
        if before.control_id == after.control_id:
            said = f"{device.name}: {before} then {after} ({after.cause})"
            held = (before.number, before.string)
            assert (after.previous, after.previous_string) == held, said
            assert (after.number, after.string) != held, f"twice, {said}"
    firsts = list(changes.filter(cause="first").values_list("control_id", flat=True))
    assert len(firsts) == len(set(firsts)), f"{device.name}: a first value twice"


def require_counted(made: Floor, before: dict[str, float], after: dict[str, float]) -> None:
    """Every fault is in the metrics, and on the Core's own record."""
    grown = {name: after[name] - before[name] for name in COUNTED}
    for name in (*LOST, "line", "reload", "pair"):
        link = DeviceState.objects.get(device=made.devices[name]).summary["link"]
        assert link["reconnects"] >= 1, (name, link)
        assert name == "pair" or link["last_error"], (name, link)
    assert grown["reconnects"] >= len(LOST) + 3
    assert grown["garbage"] > 10
    assert grown["answers"] > 100
    assert grown["dropped"] == 0
    assert grown["stored"] == ControlEvent.objects.count()
    assert (grown["connections"], grown["unreachable"]) == (len(NAMES), 0)
