"""What changed in a caller's group since its last poll, from what the plane knows anyway."""

import time
from collections.abc import Iterable
from typing import Final

from apps.fleet.models import Device, DeviceState
from apps.kernel import clock
from apps.operations.context import Context
from apps.qsys.models import Control
from apps.qsys.poller.plan import Found, Rule
from apps.qsys.poller.rows import rules_of
from apps.qsys.schemas.groups import QsysGroupChange, QsysGroupPollIn, QsysGroupPollOut
from apps.qsys.selectors import now_of
from apps.qsys.services import batches
from apps.qsys.services.groups import shelf
from apps.qsys.services.groups.members import device_of
from apps.qsys.services.groups.shelf import Group, State
from apps.qsys.services.many import Path

#: Seconds between two looks while a poll waits for a change.
PACE: Final = 0.25


def group_poll(ctx: Context, data: QsysGroupPollIn) -> QsysGroupPollOut:
    """Tell what changed, and remember that it was told."""
    ends = clock.monotonic() + min(data.wait, ctx.remaining() - 1)
    while True:
        group = shelf.get(ctx.actor, data.group)
        device = device_of(ctx.actor, group)
        now, asked = _now(ctx, device, group)
        changed = _changed(group, now)
        if changed or data.show_all or clock.monotonic() >= ends:
            break
        time.sleep(PACE)
    if changed:
        shelf.change(ctx.actor, data.group, lambda held: _told(held, changed))
    return QsysGroupPollOut(
        group=data.group,
        device=device.id,
        changes=[_change_out(*one) for one in (now if data.show_all else changed).items()],
        controls=len(group.members),
        asked=asked,
        seen_at=DeviceState.objects.filter(device=device).values_list("seen_at", flat=True).first(),
    )


def _changed(group: Group, now: dict[Path, State]) -> dict[Path, State]:
    """The controls that are not as they were told."""
    known = group.known()
    return {path: state for path, state in now.items() if known.get(path) != state}


def _told(group: Group, changed: dict[Path, State]) -> None:
    """Remember what was told of those that are still in the group."""
    known = group.known()
    group.keep({path: changed.get(path, told) for path, told in known.items()})


def _now(ctx: Context, device: Device, group: Group) -> tuple[dict[Path, State], int]:
    """Each control as it is, and how many the Core had to be asked for."""
    found = _watched(device, group.members)
    missing = [path for path in group.members if path not in found]
    if missing:
        read = batches.read(ctx, device, missing)
        found |= {path: (one.value, one.string, one.position) for path, one in read.items()}
    return {path: found[path] for path in group.members if path in found}, len(missing)


def _watched(device: Device, members: Iterable[Path]) -> dict[Path, State]:
    """The controls that a watch covers, as the poller last heard them."""
    wanted = {(component or "", name): (component, name) for component, name in members}
    rules = rules_of(device)
    rows = Control.system.filter(device=device, component__in={one for one, _ in wanted})
    rows = rows.filter(name__in={name for _, name in wanted}).select_related("last")
    found: dict[Path, State] = {}
    for row in rows:
        path = wanted.get((row.component, row.name))
        if path is None or not hasattr(row, "last") or not _covered(row, rules):
            continue
        now = now_of(row)
        found[path] = (now.value, now.string, now.position)
    return found


def _covered(row: Control, rules: Iterable[Rule]) -> bool:
    found = Found(row.component, row.name, row.type, row.direction)
    return found.readable and any(rule.matches(found) for rule in rules)


def _change_out(path: Path, state: State) -> QsysGroupChange:
    value, string, position = state
    return QsysGroupChange(
        component=path[0], control=path[1], value=value, string=string, position=position
    )
