"""Making, filling, emptying and ending a caller's change groups."""

from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import nearest, not_found
from apps.operations.context import Context
from apps.operations.core import TargetRef
from apps.qsys.schemas.groups import (
    QsysGroupCreateIn,
    QsysGroupDestroyOut,
    QsysGroupIn,
    QsysGroupListIn,
    QsysGroupListOut,
    QsysGroupMembersIn,
    QsysGroupOut,
)
from apps.qsys.selectors import names as stored
from apps.qsys.services.cores import core_of
from apps.qsys.services.groups import shelf
from apps.qsys.services.groups.shelf import Group
from apps.qsys.services.many import Path


def group_targets(actor: Actor, data: QsysGroupIn) -> tuple[TargetRef, ...]:
    """The Core of a group, which its owner may have lost the right on."""
    device = device_of(actor, shelf.get(actor, data.group))
    return (TargetRef("device", device.id, device.name, device.site_path, device.id),)


def device_of(actor: Actor, group: Group) -> Device:
    """A group's Core; raises `not_found`."""
    return core_of(actor, str(group.device))


def group_create(ctx: Context, data: QsysGroupCreateIn) -> QsysGroupOut:
    """Make a group, or add to the one there is."""
    device = core_of(ctx.actor, data.device)
    paths = [(data.component, one) for one in data.controls]
    _require_known(device, paths)
    group = shelf.create(ctx.actor, data.group, device.id)
    if paths:
        group = shelf.change(ctx.actor, data.group, lambda one: shelf.add(one, paths))
    return _out(data.group, group)


def group_add(ctx: Context, data: QsysGroupMembersIn) -> QsysGroupOut:
    """Add controls; the next poll tells them."""
    paths = [(data.component, one) for one in data.controls]
    _require_known(device_of(ctx.actor, shelf.get(ctx.actor, data.group)), paths)
    group = shelf.change(ctx.actor, data.group, lambda one: shelf.add(one, paths))
    return _out(data.group, group)


def group_remove(ctx: Context, data: QsysGroupMembersIn) -> QsysGroupOut:
    """Take controls out; those that are not in it are not missed."""
    gone = {(data.component, one) for one in data.controls}

    def act(group: Group) -> None:
        group.keep({path: told for path, told in group.known().items() if path not in gone})

    return _out(data.group, shelf.change(ctx.actor, data.group, act))


def group_clear(ctx: Context, data: QsysGroupIn) -> QsysGroupOut:
    """Take all controls out."""
    return _out(data.group, shelf.change(ctx.actor, data.group, lambda group: group.keep({})))


def group_destroy(ctx: Context, data: QsysGroupIn) -> QsysGroupDestroyOut:
    """Forget a group."""
    shelf.destroy(ctx.actor, data.group)
    return QsysGroupDestroyOut(group=data.group)


def group_list(ctx: Context, data: QsysGroupListIn) -> QsysGroupListOut:
    """The caller's groups."""
    return QsysGroupListOut(
        groups=[_out(name, group) for name, group in shelf.every(ctx.actor).items()]
    )


def _out(name: str, group: Group) -> QsysGroupOut:
    return QsysGroupOut(
        group=name,
        device=group.device,
        controls=len(group.members),
        expires_at=group.expires or clock.now() + shelf.KEPT,
    )


def _require_known(device: Device, paths: list[Path]) -> None:
    """Raises `not_found` for a control that the running design has not; named ones, and those
    of a Core that nobody has read yet, are asked of the Core when they are polled."""
    listed = {(component or "", name) for component, name in paths if component is not None}
    if not listed or not stored.is_read(device):
        return
    for component, name in sorted(listed - stored.present(device, listed)):
        guess = nearest(name, stored.control_names(device, component, name))
        raise not_found("control", f"{component} / {name}", guess=guess)
