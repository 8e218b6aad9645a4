"""The places an assistant may read: who may see each, what all of it is, and one thing of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count

from apps.audit import selectors as audit
from apps.fleet import selectors as fleet
from apps.fleet.models import DeviceKind, DeviceStatus
from apps.fleet.rollouts import selectors as rollouts
from apps.jobs import selectors as jobs
from apps.kernel.actor import Actor
from apps.kernel.errors import not_found
from apps.mcp import bulk
from apps.mcp.resources.pages import PAGE, Address, id_of, page
from apps.mcp.resources.views import (
    approval_view,
    control_view,
    core_view,
    device_view,
    entry_view,
    job_detail,
    job_view,
    miner_view,
    policy_view,
    rollout_detail,
    rollout_view,
    schedule_view,
)
from apps.miners import selectors as miners
from apps.operations import approvals
from apps.operations.models import ApprovalState
from apps.qsys import selectors as qsys

Body = dict[str, Any]
Reader = Callable[[Actor, Address], Body]


@dataclass(frozen=True, slots=True)
class Shelf:
    """One place: its name, who may read it, what it holds, and one thing of it.

    `variables` are what the template of single things asks for, after the address.
    """

    uri: str
    name: str
    description: str
    permission: str
    whole: Reader | None = None
    one: Reader | None = None
    variables: tuple[str, ...] = ()
    single: str = ""

    @property
    def template(self) -> str:
        """The form of the addresses of single things."""
        return "/".join((self.uri, *(f"{{{name}}}" for name in self.variables)))


def read_devices(actor: Actor, address: Address) -> Body:
    """A page of devices."""
    return page(fleet.devices(actor), address, device_view, newest=False)


def read_device(actor: Actor, address: Address) -> Body:
    """One device."""
    return device_view(fleet.device_get(actor, address.id))


def read_summary(actor: Actor, address: Address) -> Body:
    """How many devices of which kind are how; how many jobs in which state, what waits."""
    states = jobs.jobs(actor).order_by("state").values("state").annotate(number=Count("id"))
    return {
        "devices": fleet.fleet_summary(actor),
        "jobs": {row["state"]: row["number"] for row in states},
        "approvals_pending": approvals.visible(actor).filter(state=ApprovalState.PENDING).count(),
    }


def read_rollouts(actor: Actor, address: Address) -> Body:
    """A page of rollouts, newest first."""
    return page(rollouts.rollouts(actor), address, rollout_view, newest=True)


def read_rollout(actor: Actor, address: Address) -> Body:
    """One rollout with a page of its devices."""
    rollout = rollouts.rollout_get(actor, id_of("rollout", address.id))
    after = address.number if address.after else -1
    found = rollouts.shown(rollout, limit=PAGE, after=after)
    more = {} if found.next is None else {"next": address.beyond(found.next)}
    return {**rollout_detail(rollout, found), **more}


def read_jobs(actor: Actor, address: Address) -> Body:
    """A page of jobs, newest first."""
    return page(jobs.jobs(actor), address, job_view, newest=True)


def read_job(actor: Actor, address: Address) -> Body:
    """One job with a page of its log."""
    job = jobs.job_get(actor, id_of("job", address.id))
    lines = jobs.log_lines(job, after=address.number, limit=PAGE + 1)
    body = job_detail(job, lines[:PAGE])
    if len(lines) > PAGE:
        body["next"] = address.beyond(lines[PAGE - 1].id)
    return body


def read_schedules(actor: Actor, address: Address) -> Body:
    """A page of schedules."""
    return page(jobs.schedules(actor), address, schedule_view, newest=False)


def read_schedule(actor: Actor, address: Address) -> Body:
    """One schedule."""
    return schedule_view(jobs.schedule_get(actor, id_of("schedule", address.id)))


def read_approvals(actor: Actor, address: Address) -> Body:
    """A page of requests that wait, newest first."""
    waiting = approvals.visible(actor).filter(state=ApprovalState.PENDING)
    return page(waiting, address, approval_view, newest=True)


def read_cores(actor: Actor, address: Address) -> Body:
    """A page of Cores."""
    active = qsys.cores(actor).filter(device__status=DeviceStatus.ACTIVE)
    return page(active, address, core_view, newest=False)


def read_core(actor: Actor, address: Address) -> Body:
    """One Core; raises `not_found` also for one that was never polled."""
    device = qsys.core_device(actor, address.id)
    core = qsys.cores(actor).filter(device_id=device.id).first()
    if core is None:
        raise not_found("core", address.id)
    return core_view(core)


def read_components(actor: Actor, address: Address) -> Body:
    """The components of a Core by name, or with a name the controls of one as last seen."""
    device = qsys.core_device(actor, address.id)
    if len(address.ids) > 1:
        found = qsys.controls(actor, device, component=address.ids[1])
        return page(found, address, control_view, newest=False)
    rows = qsys.controls(actor, device).exclude(component="").order_by("component")
    counted = rows.filter(component__gt=address.after).values("component")
    named = list(counted.annotate(controls=Count("id"))[: PAGE + 1])
    items = [{"controls": one["controls"], "reported": one["component"]} for one in named[:PAGE]]
    more = {"next": address.beyond(named[PAGE - 1]["component"])} if len(named) > PAGE else {}
    return {"device": device.id, "items": items, **more}


def read_policies(actor: Actor, address: Address) -> Body:
    """A page of control policies and locks."""
    return page(qsys.policies(actor), address, policy_view, newest=False)


def read_policy(actor: Actor, address: Address) -> Body:
    """One control policy or lock."""
    found = qsys.policies(actor).filter(id=id_of("policy", address.id)).first()
    if found is None:
        raise not_found("policy", address.id)
    return policy_view(found)


def read_miners(actor: Actor, address: Address) -> Body:
    """A page of miners."""
    return page(miners.miners(actor), address, miner_view, newest=False)


def read_miner(actor: Actor, address: Address) -> Body:
    """One miner; raises `not_found` also for one that was never polled."""
    device = fleet.device_get(actor, address.id, kind=DeviceKind.MINER, permission="miners.view")
    miner = miners.miners(actor).filter(device_id=device.id).first()
    if miner is None:
        raise not_found("miner", address.id)
    return miner_view(miner)


def read_entries(actor: Actor, address: Address) -> Body:
    """A page of the audit, newest first."""
    return page(audit.entries(actor), address, entry_view, newest=True)


def read_entry(actor: Actor, address: Address) -> Body:
    """One entry of the audit."""
    entry = audit.entries(actor).filter(id=id_of("entry", address.id)).first()
    if entry is None:
        raise not_found("entry", address.id)
    return entry_view(entry)


def read_kept(actor: Actor, address: Address) -> Body:
    """A page of an answer that was too long for its call."""
    field = address.ids[1] if len(address.ids) > 1 else ""
    return bulk.page(actor, id_of("kept answer", address.id), field, address.number)


SHELVES: Final = (
    Shelf(
        bulk.PLACE,
        "Long answers",
        "",
        "system.view",
        one=read_kept,
        variables=("call", "field"),
        single="The rest of an answer that was too long, for ten minutes. The answer says where.",
    ),
    Shelf(
        "audit://entries",
        "Audit",
        "Who did what, from where, and how it ended, newest first.",
        "audit.view",
        read_entries,
        read_entry,
        ("entry",),
        "One entry of the audit.",
    ),
    Shelf(
        "fleet://devices",
        "Devices",
        "Every device you may see: id, place, whether it answers, last readings.",
        "fleet.view",
        read_devices,
        read_device,
        ("device",),
        "One device, by id or name.",
    ),
    Shelf(
        "fleet://rollouts",
        "Rollouts",
        "One operation for many devices, newest first: how far each is, or why it paused.",
        "fleet.view",
        read_rollouts,
        read_rollout,
        ("rollout",),
        "One rollout: its phases in numbers, its devices one by one.",
    ),
    Shelf(
        "fleet://summary",
        "Fleet at a glance",
        "Devices by kind and liveness, jobs by state, approvals that wait.",
        "fleet.view",
        read_summary,
    ),
    Shelf(
        "jobs://approvals",
        "Approvals that wait",
        "Requests that a second person has still to decide.",
        "operations.view",
        read_approvals,
    ),
    Shelf(
        "jobs://jobs",
        "Jobs",
        "Long work, newest first: state, progress, what is being done.",
        "jobs.view",
        read_jobs,
        read_job,
        ("job",),
        "One job with its log.",
    ),
    Shelf(
        "jobs://schedules",
        "Schedules",
        "What runs by itself: which operation, when next, how the last run ended.",
        "jobs.view",
        read_schedules,
        read_schedule,
        ("schedule",),
        "One schedule.",
    ),
    Shelf(
        "miners://miners",
        "Miners",
        "Every miner you may see: status, power target and its range, last readings.",
        "miners.view",
        read_miners,
        read_miner,
        ("miner",),
        "One miner, by id or name.",
    ),
    Shelf(
        "qsys://components",
        "Components of a Core",
        "",
        "qsys.view",
        one=read_components,
        variables=("core", "component"),
        single="The controls of one component with their last values. Without a component: the "
        "components of the Core.",
    ),
    Shelf(
        "qsys://cores",
        "Q-SYS Cores",
        "Every Core you may see: design, engine state, overall status.",
        "qsys.view",
        read_cores,
        read_core,
        ("core",),
        "One Core, by id or name.",
    ),
    Shelf(
        "qsys://policies",
        "Control policies",
        "What may not be done to controls of Cores: what, where, when, and who is not bound.",
        "qsys.view",
        read_policies,
        read_policy,
        ("policy",),
        "One control policy or lock.",
    ),
)
