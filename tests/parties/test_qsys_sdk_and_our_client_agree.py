"""The vendor's own library and our client, on one Core at once, hold the same to be true."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from apps.qsys.client import ControlSet, QrcTransport, QsysSession
from apps.qsys.client.wire import ControlState
from tests.support.node import node, node_modules
from tests.support.qsys import Site, own_address, simulator_process

HERE = Path(__file__).parent
pytestmark = pytest.mark.party

#: So many changes in all, so many at the same moment.
CHANGES, BURST = 1_000, 50
SIDES = ("library", "ours", "panel")
KINDS = ("Float", "Integer", "Boolean", "Text")
#: Seconds within which everybody agrees once nothing changes any more.
SETTLED = 15.0

Spot = tuple[str, str]
"""Component and control."""
Held = tuple[float | str, str, float]
"""Value, string and position."""


class Library:
    """The vendor's library in its own process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, **question: Any) -> dict[str, Any]:
        """One line to it, one line back; its own errors are ours."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        return await self.line()

    async def line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(
            await asyncio.wait_for(self._process.stdout.readline(), 60)
        )
        assert not answer.get("errors"), answer
        return answer

    async def held(self, paths: list[Spot]) -> dict[Spot, Held]:
        """What it takes for true."""
        told = (await self.ask(tell=paths))["tell"]
        return {path: held(*one) for path, one in zip(paths, told, strict=True)}


class Ours:
    """Our client: what its polls told, and nothing else."""

    def __init__(self, session: QsysSession) -> None:
        self.session = session
        self.held: dict[Spot, Held] = {}

    async def poll(self) -> None:
        """On and on, as often as the library does."""
        while True:
            for one in (await self.session.group("agree").poll()).changes:
                self.held[one.component or "", one.name] = held(
                    one.value, one.string, one.position or 0.0
                )
            await asyncio.sleep(0.034)


def held(value: Any, string: str, position: float) -> Held:
    """One control's state; a Boolean is true or 1, as the Core likes."""
    return (value if isinstance(value, str) else float(value or 0.0), string, float(position))


@contextlib.asynccontextmanager
async def library(url: str) -> AsyncIterator[Library]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        str(node()), str(HERE / "qrwc_agree.mjs"), url, stdin=pipe, stdout=pipe, limit=2**24
    )
    made = Library(process)
    try:
        await made.line()
        yield made
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def our_client(host: str, port: int, paths: list[Spot]) -> AsyncIterator[Ours]:
    async with QsysSession(QrcTransport(host, port), timeout=20) as session:
        for component, control in paths:
            await session.group("agree").add(component, [control])
        ours = Ours(session)
        polling = asyncio.create_task(ours.poll())
        try:
            yield ours
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)


async def writable(host: str, port: int) -> dict[Spot, ControlState]:
    """What can be set on this Core, by component and control."""
    async with QsysSession(QrcTransport(host, port), timeout=20) as session:
        return {
            (owner.name, one.name): one
            for owner in await session.components()
            for one in await session.controls(owner.name)
            if one.type in KINDS and one.direction == "Read/Write"
        }


def wanted(dice: random.Random, control: ControlState) -> dict[str, Any]:
    """A change, as members of a set: a value, a position or a string, some beyond the range."""
    if control.type == "Text":
        return {"Value": "".join(dice.choices("AZ az09 /.é会", k=dice.randint(0, 12)))}
    if control.type == "Boolean":
        return dice.choice(
            [{"Value": dice.random() < 0.5}, {"Position": float(dice.randint(0, 1))}]
        )
    low, high = control.value_min or 0.0, control.value_max or 0.0
    span = high - low
    value = dice.uniform(low - span / 10, high + span / 10)
    if control.type == "Integer":
        value = float(round(value))
    ways = [{"Value": value}, {"Position": dice.random()}, {"String": f"{value:.1f}"}]
    return dice.choice(ways)


async def library_sets(library: Library, burst: list[tuple[Spot, dict[str, Any]]]) -> None:
    sets = [[*path, one.get("Value", one)] for path, one in burst]
    assert (await library.ask(set=sets))["set"] == len(sets)


async def we_set(ours: Ours, burst: list[tuple[Spot, dict[str, Any]]]) -> None:
    members = {"Value": "value", "Position": "position", "String": "string"}
    works = [
        ours.session.component_set(
            component,
            [ControlSet(control, **{members[key]: value for key, value in one.items()})],
        )
        for (component, control), one in burst
    ]
    await asyncio.gather(*works)


async def somebody_sets(site: Site, burst: list[tuple[Spot, dict[str, Any]]]) -> None:
    """At the Core itself; only values, as a panel has no other words."""

    def turn() -> None:
        for (component, control), one in burst:
            value = one["Value"] if isinstance(one.get("Value"), str) else float(one["Value"])
            site.order(
                core=own_address(), do="set", component=component, control=control, value=value
            )

    await asyncio.to_thread(turn)


def truth(site: Site, paths: list[Spot]) -> dict[Spot, Held]:
    """What the Core says at its panel."""
    found = {}
    for component, control in paths:
        order = {"core": own_address(), "do": "get", "component": component, "control": control}
        one = site.order(**order)["control"]
        found[component, control] = held(one["Value"], one["String"], one["Position"])
    return found


async def agree(site: Site, library: Library, ours: Ours, paths: list[Spot]) -> dict[Spot, Any]:
    """Where they do not, after a while: what the Core, the library and our client hold."""
    real = await asyncio.to_thread(truth, site, paths)
    theirs: dict[Spot, Held] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLED):
            while True:
                theirs = await library.held(paths)
                if real == theirs == {path: ours.held.get(path) for path in paths}:
                    return {}
                await asyncio.sleep(0.05)
    views = {path: (real[path], theirs.get(path), ours.held.get(path)) for path in paths}
    return {path: view for path, view in views.items() if len(set(view)) > 1}


async def test_they_agree_on_a_thousand_random_changes() -> None:
    node_modules(HERE)
    seed = int(os.environ.get("AGREE_SEED", secrets.randbits(32)))
    dice = random.Random(seed)
    host = own_address()
    with simulator_process("--controls", "200", "--meters", "0") as site:
        ports = site.cores[host]["ports"]
        controls = await writable(host, ports["qrc"])
        paths = list(controls)
        assert {one.type for one in controls.values()} == set(KINDS)
        async with (
            library(f"ws://{host}:{ports['ws']}/qrc-public-api/v0") as theirs,
            our_client(host, ports["qrc"], paths) as ours,
        ):
            for first in range(0, CHANGES, BURST):
                burst: dict[str, list[Any]] = {side: [] for side in SIDES}
                for path in dice.choices(paths, k=BURST):
                    change = wanted(dice, controls[path])
                    sides = SIDES if "Value" in change else SIDES[:2]
                    burst[dice.choice(sides)].append((path, change))
                await asyncio.gather(
                    library_sets(theirs, burst["library"]),
                    we_set(ours, burst["ours"]),
                    somebody_sets(site, burst["panel"]),
                )
                apart = await agree(site, theirs, ours, paths)
                assert not apart, f"AGREE_SEED={seed}, after change {first + BURST}: {apart}"
