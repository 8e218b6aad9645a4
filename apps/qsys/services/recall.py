"""What a recall changes, by the Core's own account: a change group around it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from apps.fleet.models import Device
from apps.qsys.client import Change, ChangeGroup, QsysError, QsysSession
from apps.qsys.models import Control
from apps.qsys.schemas.controls import QsysReading
from apps.qsys.schemas.snapshots import QsysDifference

#: Seconds between looks while a recall takes effect, and how long after it to look.
PACE: Final = 0.05
AFTERWARDS: Final = 0.3

Path = tuple[str, str]


def writable(device: Device) -> list[Path]:
    """The controls of a Core that a recall may change, as its design last told them."""
    rows = Control.system.filter(device=device, direction="Read/Write").exclude(component="")
    return list(rows.order_by("component", "name").values_list("component", "name"))


async def exposed(session: QsysSession) -> list[Path]:
    """The same asked of the Core, for one that no poller has read yet."""
    components = sorted(one.name for one in await session.components())
    listed = await asyncio.gather(*[session.controls(name) for name in components])
    return [
        (component, one.name)
        for component, controls in zip(components, listed, strict=True)
        for one in controls
        if one.direction == "Read/Write"
    ]


@dataclass(slots=True)
class Watching:
    """A change group over controls: what they were at first, and what they became."""

    group: ChangeGroup
    before: dict[Path, Change] = field(default_factory=dict)
    after: dict[Path, Change] = field(default_factory=dict)

    async def begin(self, paths: Sequence[Path]) -> None:
        """Add the controls, many requests at once, and read them all."""
        added = [
            self.group.add(component, [name for _, name in names])
            for component, names in groupby(paths, key=lambda path: path[0])
        ]
        await asyncio.gather(*added)
        self.before = {_path(one): one for one in (await self.group.poll()).changes}

    async def follow(self, seconds: float) -> bool:
        """Look until `seconds` are over and a look found nothing; whether it came to rest.

        A control that never rests would keep us for ever, so twice the time is the end.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            changes = (await self.group.poll()).changes
            self.after |= {_path(one): one for one in changes}
            passed = loop.time() - began
            if passed >= seconds and not changes:
                return True
            if passed >= 2 * seconds + AFTERWARDS:
                return False
            await asyncio.sleep(PACE)

    def differences(self) -> list[QsysDifference]:
        """Controls that are not what they were, by name."""
        return [
            QsysDifference(
                component=path[0],
                control=path[1],
                before=reading(self.before.get(path)),
                after=reading(change),
            )
            for path, change in sorted(self.after.items())
            if path not in self.before or not _same(self.before[path], change)
        ]


async def watching(session: QsysSession, name: str, known: Sequence[Path]) -> Watching:
    """A change group of its own over the known controls, or all exposed ones; read once."""
    found = Watching(session.group(name))
    try:
        await found.begin(known or await exposed(session))
    except QsysError:
        await forget(found)
        raise
    return found


async def forget(watching: Watching) -> None:
    """Give the change group back: a connection has only four."""
    try:
        await watching.group.destroy()
    except QsysError:
        # Gone with its connection, or never made: either way the Core holds it no more.
        return


def reading(change: Change | None) -> QsysReading:
    """A change as outputs show it."""
    if change is None:
        return QsysReading(value=None, string="", position=None)
    return QsysReading(value=change.value, string=change.string, position=change.position)


def _path(change: Change) -> Path:
    return change.component or "", change.name


def _same(one: Change, other: Change) -> bool:
    return (one.value, one.string) == (other.value, other.string)
