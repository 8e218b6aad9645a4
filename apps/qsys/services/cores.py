"""What every Q-SYS operation begins with: the Core it names, and who will have caused a change."""

from typing import Protocol

from apps.fleet.models import Device, DeviceKind
from apps.fleet.selectors import device_get
from apps.kernel.actor import Actor, ActorKind
from apps.operations.context import Context
from apps.operations.core import Face, TargetRef
from apps.qsys.models import Cause
from apps.qsys.telemetry import Origin


class NamesCore(Protocol):
    """An input with a Core's id or name."""

    @property
    def device(self) -> str:
        """The Core's id or name."""


class MayNameCore(Protocol):
    """An input that may have a Core's id or name."""

    @property
    def device(self) -> str | None:
        """The Core's id or name; None for all Cores."""


def core_of(actor: Actor, name: str) -> Device:
    """A Core of the actor's by id or name; raises `not_found`."""
    return device_get(actor, name, kind=DeviceKind.CORE)


def core_targets(actor: Actor, data: NamesCore) -> tuple[TargetRef, ...]:
    """The one Core that `data.device` names."""
    return (device_target(core_of(actor, data.device)),)


def some_core_targets(actor: Actor, data: MayNameCore) -> tuple[TargetRef, ...]:
    """The Core that `data.device` names, where it names one."""
    return (device_target(core_of(actor, data.device)),) if data.device else ()


def device_target(device: Device) -> TargetRef:
    """A Core as what a call is about."""
    return TargetRef("device", device.id, device.name, device.site_path, device.id)


def origin_of(ctx: Context) -> Origin:
    """What is stored with a change that this call makes."""
    by_schedule = ctx.call.face is Face.SCHEDULE or ctx.actor.kind is ActorKind.SCHEDULE
    return Origin(
        cause=Cause.SCHEDULE.value if by_schedule else Cause.OPERATION.value,
        actor=ctx.actor.label,
        call_id=ctx.call.id,
    )
