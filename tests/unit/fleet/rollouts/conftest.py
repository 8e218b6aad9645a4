"""A rollout's world: devices without a wire, and one operation whose ends a test chooses."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.models import Tenant
from apps.fleet.models import Device
from apps.fleet.models.rollout import Rollout
from apps.fleet.operations import OPERATIONS
from apps.fleet.rollouts import controller
from apps.fleet.selectors import device_get
from apps.jobs.models import Job
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure, NeedsHuman
from apps.kernel.ids import new_id
from apps.operations import builtin, catalogue
from apps.operations.call import Call
from apps.operations.context import Context
from apps.operations.core import Again, Danger, Face, Mode, Operation, Repeat, Schema, TargetRef
from apps.operations.door import invoke
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanRefusal, PlanTarget
from apps.operations.steps import run_job
from tests.support import factories


class FlashIn(Schema):
    """One device, and what it gets."""

    device: str
    image: str = "new"


class FlashOut(Schema):
    """What it had and has."""

    before: str
    after: str


class Farm:
    """How each device takes it. `ends`: good, failed, timeout, human, or hang (stays under way)."""

    def __init__(self) -> None:
        self.images: dict[str, str] = {}
        self.ends: dict[str, str] = {}
        self.unfit: set[str] = set()
        self.flashed: list[str] = []
        self.withdrawn = False
        self.asked: list[tuple[str, bool]] = []

    def image(self, name: str) -> str:
        return self.images.get(name, "old")

    def flash(self, ctx: Context, data: FlashIn) -> FlashOut | Again:
        device = device_get(ctx.actor, data.device)
        end = self.ends.get(device.name, "good")
        if end == "hang" and not ctx.cancelled():
            return Again(5.0, {})
        if end == "hang":
            raise Failure(Code.CONFLICT, "Stopped.")
        self.flashed.append(device.name)
        if end == "failed":
            raise Failure(Code.UNREACHABLE, "It broke.", retryable=False)
        if end == "timeout":
            raise Failure(Code.TIMEOUT, "It never came back.", retryable=False)
        if end == "human":
            raise NeedsHuman("Somebody has to look.")
        before, self.images[device.name] = self.image(device.name), data.image
        return FlashOut(before=before, after=data.image)

    def plan(self, ctx: Context, data: FlashIn) -> Plan:
        device = device_get(ctx.actor, data.device)
        if self.withdrawn:
            raise Failure(Code.CONFLICT, "The image was withdrawn.")
        refused = device.name in self.unfit
        return Plan(
            targets=(PlanTarget(kind="device", id=device.id, label=device.name),),
            changes=(PlanChange(target=device.id, what="image", after=data.image),),
            refusals=(PlanRefusal(target=device.id, reason="Unfit."),) if refused else (),
            risks=("It restarts.",),
        )

    def brings(self, tenant_id: UUID, data: FlashIn, whole: bool) -> None:
        self.asked.append((data.image, whole))
        if self.withdrawn:
            raise Failure(Code.CONFLICT, "The image was withdrawn.")

    def operation(self) -> Operation[Any, Any]:
        def targets(actor: Actor, data: FlashIn) -> tuple[TargetRef, ...]:
            one = device_get(actor, data.device)
            return (TargetRef("device", one.id, one.name, one.site_path, one.id),)

        return Operation(
            name="test.unit.flash",
            summary="Flash a unit.",
            input=FlashIn,
            output=FlashOut,
            handler=self.flash,
            plan=self.plan,
            targets=targets,
            settle=lambda ctx, data, intent: None,
            reverse=lambda actor, data, output: {"image": output["before"]},
            brings=self.brings,
            permission="fleet.configure",
            danger=Danger.DISRUPTIVE,
            repeat=Repeat.KEYED,
            faces=frozenset(Face),
            mode=Mode.JOB,
            device=True,
        )


class Site:
    """The farm, its devices, and a person at work on them."""

    def __init__(self, farm: Farm, tenant: Tenant, engineer: Actor, time: ManualClock) -> None:
        self.farm, self.tenant, self.engineer, self.time = farm, tenant, engineer, time

    def devices(self, count: int, **fields: Any) -> list[Device]:
        return [
            factories.device(self.tenant, name=f"unit-{n:02}", address=f"10.0.0.{n + 1}", **fields)
            for n in range(count)
        ]

    def call(self, operation: str, actor: Actor | None = None, /, **data: Any) -> Outcome:
        extra = {
            name: data.pop(name) for name in ("confirmation", "dry_run", "reason") if name in data
        }
        return invoke(
            Call(
                operation=f"fleet.{operation}",
                input=data,
                actor=actor or self.engineer,
                face=Face.REST,
                key=str(new_id()),
                **extra,
            )
        )

    def planned(self, devices: list[Device], *phases: dict[str, Any], **fields: Any) -> UUID:
        output = self.call(
            "rollout.create",
            name=fields.pop("name", "Spring"),
            operation=fields.pop("operation", "test.unit.flash"),
            input=fields.pop("input", {}),
            devices=[str(one.id) for one in devices],
            phases=list(phases),
        ).output
        assert output is not None
        return UUID(output["rollout"])

    def start(self, rollout: UUID, **fields: Any) -> None:
        plan = self.call("rollout.start", rollout=str(rollout), **fields)
        self.call("rollout.start", rollout=str(rollout), confirmation=plan.confirmation, **fields)

    def started(self, devices: list[Device], *phases: dict[str, Any], **fields: Any) -> UUID:
        rollout = self.planned(devices, *phases, **fields)
        self.start(rollout)
        return rollout

    def tick(self, times: int = 1, *, work: bool = True) -> None:
        """The controller's tick, then every job that is due."""
        for _ in range(times):
            controller.tick()
            if work:
                self.work()

    def work(self) -> None:
        for job_id in Job.system.filter(state__in=("queued", "waiting")).values_list(
            "id", flat=True
        ):
            Job.system.filter(id=job_id).update(wake_at=clock.now())
            run_job(job_id)

    def row(self, rollout: UUID) -> Rollout:
        return Rollout.system.get(id=rollout)

    def states(self, rollout: UUID) -> list[str]:
        return list(self.row(rollout).members.order_by("place").values_list("state", flat=True))

    def phases(self, rollout: UUID) -> list[str]:
        return list(self.row(rollout).phases.values_list("state", flat=True))


@pytest.fixture
def farm() -> Iterator[Farm]:
    before, made, farm = list(catalogue._installed), catalogue.Catalogue(), Farm()
    made.add((*builtin.OPERATIONS, *OPERATIONS, farm.operation()))
    catalogue.install(made.freeze())
    yield farm
    catalogue._installed[:] = before


@pytest.fixture
def site(farm: Farm, tenant: Tenant) -> Iterator[Site]:
    tenant.batch_threshold = 1000
    tenant.save()
    with clock.using(ManualClock(clock.now())) as time:
        yield Site(farm, tenant, factories.actor_of("engineer", tenant), time)
