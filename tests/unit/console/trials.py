"""Operations of every danger that only write into one list, so that pages can be tried on them."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field, SecretStr

from apps.fleet.models import Device
from apps.jobs.models import Schedule
from apps.jobs.timing import next_run
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict, not_found
from apps.operations.catalogue import Catalogue, install, installed
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Mode, Operation, Repeat, Schema, TargetRef
from apps.operations.outcome import Plan, PlanChange, PlanTarget

DONE: list[tuple[str, Any]] = []
FACES = frozenset({Face.REST, Face.MCP, Face.CONSOLE, Face.SCHEDULE})
INSIDE = frozenset({Face.CONSOLE})


class Speed(StrEnum):
    SLOW = "slow"
    FAST = "fast"


class TrialPoint(Schema):
    x: int
    y: int = 0


class TrialSetIn(Schema):
    device: str = Field(description="Which device.")
    value: float | bool | str = Field(description="The new value.")
    ramp: float = Field(default=0, ge=0, le=60, description="Seconds.")
    speed: Speed = Speed.SLOW
    secret: SecretStr | None = None
    loud: bool = False
    notes: list[str] = []
    points: list[TrialPoint] = []


class TrialDeviceIn(Schema):
    device: str


class TrialNothingIn(Schema):
    pass


class TrialOut(Schema):
    done: bool = True
    before: str = "-20.0dB"
    after: str = "-12.5dB"


class TrialScheduleIn(Schema):
    name: str = Field(min_length=1)
    operation: str
    input: dict[str, Any]
    cron: str
    time_zone: str = "UTC"


class TrialScheduleOut(Schema):
    schedule: UUID


class TrialJobIn(Schema):
    job: UUID


def targets(actor: Actor, data: TrialSetIn | TrialDeviceIn) -> tuple[TargetRef, ...]:
    device = Device.objects.for_actor(actor, "fleet.view").filter(id=data.device).first()
    if device is None:
        raise not_found("device", data.device)
    return (TargetRef("device", device.id, device.name, device.site_path, device.id),)


def plan(ctx: Context, data: TrialSetIn | TrialDeviceIn) -> Plan:
    (target,) = targets(ctx.actor, data)
    return Plan(
        targets=(PlanTarget(kind=target.kind, id=target.id, label=target.label),),
        changes=(PlanChange(target=target.id, what="state", before="on", after="restarted"),),
        risks=("Audio stops for about a minute.",),
    )


def handler(ctx: Context, data: Any) -> TrialOut:
    if getattr(data, "value", None) == "refuse":
        raise conflict("The design of this Core is being reloaded.")
    DONE.append((ctx.call.operation, data))
    return TrialOut()


def schedule(ctx: Context, data: TrialScheduleIn) -> TrialScheduleOut:
    row = Schedule.system.create(
        tenant_id=ctx.actor.tenant,
        owner_id=ctx.actor.id,
        next_run_at=next_run(data.cron, data.time_zone, clock.now()),
        **data.model_dump(),
    )
    return TrialScheduleOut(schedule=row.id)


def trial(
    name: str, danger: Danger, input: Any = TrialDeviceIn, **more: Any
) -> Operation[Any, Any]:
    declared = {
        "summary": f"Try what {danger.name.lower()} looks like.",
        "output": TrialOut,
        "handler": handler,
        "permission": "fleet.operate",
        "repeat": Repeat.KEYED,
        "faces": FACES,
        "plan": plan,
        "targets": targets,
    }
    return Operation(name=name, danger=danger, input=input, **{**declared, **more})


OPERATIONS = (
    trial("fleet.trial.set", Danger.CHANGE, TrialSetIn),
    trial("fleet.trial.restart", Danger.DISRUPTIVE),
    trial("fleet.trial.wipe", Danger.DESTRUCTIVE, permission="fleet.configure"),
    trial("fleet.trial.upgrade", Danger.CHANGE, mode=Mode.JOB, plan=None),
    trial("fleet.trial.hidden", Danger.CHANGE, faces=frozenset({Face.REST})),
    trial(
        "fleet.trial.inside", Danger.CHANGE, TrialNothingIn, targets=None, plan=None, faces=INSIDE
    ),
)
STAND_INS = (
    trial(
        "jobs.schedule.create",
        Danger.CHANGE,
        TrialScheduleIn,
        output=TrialScheduleOut,
        handler=schedule,
        plan=None,
        targets=None,
        permission="jobs.configure",
    ),
    trial("jobs.job.cancel", Danger.CHANGE, TrialJobIn, plan=None, targets=None),
)


def with_trials() -> Catalogue:
    """The product's catalogue with the trials, and stand-ins for what it has not got."""
    made, before = Catalogue(), installed()
    made.add(before)
    made.add(OPERATIONS)
    made.add(one for one in STAND_INS if one.name not in before)
    return made.freeze()


def install_trials() -> Catalogue:
    """Make it this process's catalogue; returns the one before."""
    before = installed()
    install(with_trials())
    return before
