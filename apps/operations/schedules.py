"""Calling operations at their time, under the schedule's own actor."""

from datetime import timedelta
from typing import Any, Final

import structlog
from django.db import transaction

from apps.accounts.selectors import schedule_actor
from apps.events.publish import publish
from apps.events.types import ScheduleFired
from apps.jobs.models import CatchUp, Overlap, Schedule
from apps.jobs.selectors import due_schedules, open_job_of_schedule
from apps.jobs.services import schedule_claim, schedule_note
from apps.jobs.timing import next_run
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.models import Approval
from apps.operations.outcome import Outcome, Plan, Status

#: A run later than this counts as missed, and the catch-up policy decides.
LATE: Final = timedelta(minutes=2)

log = structlog.get_logger(__name__)


def fire_due() -> int:
    """Fire every schedule whose time has come; how many were fired by this process."""
    return sum(fire(schedule) for schedule in due_schedules(clock.now()))


def fire(schedule: Schedule) -> bool:
    """Claim one due run and do what its policies say."""
    now, due = clock.now(), schedule.next_run_at
    following = next_run(schedule.cron, schedule.time_zone, now, schedule.jitter_seconds)
    if due is None or not schedule_claim(schedule, next_run_at=following):
        return False
    if now - due > LATE and schedule.catch_up == CatchUp.SKIP:
        note(schedule, "missed", "The plane was not running at that time.")
        return False
    if schedule.overlap == Overlap.SKIP and open_job_of_schedule(schedule) is not None:
        note(schedule, "skipped", "The run before is not over.")
        return False
    run(schedule, key=f"{schedule.id}:{due.isoformat()}")
    return True


def run(schedule: Schedule, *, key: str) -> None:
    """Call the operation once and record how it went."""
    actor = schedule_actor(schedule_id=schedule.id, name=schedule.name, owner_id=schedule.owner_id)
    if actor is None:
        note(schedule, "forbidden", "Its owner may not act any more; give it another owner.")
        return
    try:
        outcome = call(schedule, actor, key)
    except Failure as failure:
        note(schedule, failure.code, failure.detail)
        return
    note(schedule, outcome.status, spoken(outcome), outcome)


def call(schedule: Schedule, actor: Actor, key: str) -> Outcome:
    """Invoke and confirm: saving the schedule was the confirmation.

    A plan with a target or a refusal that the saved one had not waits for a second person.
    """
    first = invoke(call_of(schedule, actor, key))
    if first.status is not Status.NEEDS_CONFIRMATION or first.plan is None:
        return first
    grown = not is_within(first.plan, schedule.plan)
    return invoke(call_of(schedule, actor, key, confirmation=first.confirmation, grown=grown))


def call_of(
    schedule: Schedule,
    actor: Actor,
    key: str,
    *,
    confirmation: str | None = None,
    grown: bool = False,
) -> Call:
    """The call a schedule makes."""
    return Call(
        operation=schedule.operation,
        input=schedule.input,
        actor=actor,
        face=Face.SCHEDULE,
        key=key,
        confirmation=confirmation,
        reason=f"schedule {schedule.name}",
        request_id=key,
        wants_second_person=grown,
    )


def is_within(plan: Plan, saved: dict[str, Any] | None) -> bool:
    """Whether the plan has no target and no refusal that the saved one had not."""
    if saved is None:
        return False
    before = Plan.model_validate({key: saved[key] for key in saved if key != "hash"})
    targets = {target.id for target in plan.targets} - {target.id for target in before.targets}
    refusals = {no.target for no in plan.refusals} - {no.target for no in before.refusals}
    return not targets and not refusals


def resume(approval: Approval) -> None:
    """A second person granted what a schedule asked for: call it again, now confirmed."""
    if approval.schedule_id is None:
        return
    schedule = Schedule.system.filter(id=approval.schedule_id).first()
    if schedule is not None:
        run_confirmed(schedule, key=f"{schedule.id}:{approval.id}")


def run_confirmed(schedule: Schedule, *, key: str) -> None:
    """Plan and confirm in one go; the approval holds the plan to what was granted."""
    actor = schedule_actor(schedule_id=schedule.id, name=schedule.name, owner_id=schedule.owner_id)
    if actor is None:
        note(schedule, "forbidden", "Its owner may not act any more; give it another owner.")
        return
    try:
        first = invoke(call_of(schedule, actor, key))
        outcome = invoke(call_of(schedule, actor, key, confirmation=first.confirmation, grown=True))
    except Failure as failure:
        note(schedule, failure.code, failure.detail)
        return
    note(schedule, outcome.status, spoken(outcome), outcome)


def note(schedule: Schedule, verdict: str, detail: str, outcome: Outcome | None = None) -> None:
    """Record and tell how a run went."""
    job_id = outcome.job.id if outcome and outcome.job else None
    event = ScheduleFired(
        schedule_id=schedule.id, name=schedule.name, verdict=verdict, detail=detail
    )
    with transaction.atomic():
        schedule_note(schedule.id, verdict=verdict, detail=detail, job_id=job_id)
        publish(
            event,
            tenant_id=schedule.tenant_id,
            site_path=schedule.site_path,
            device_id=schedule.device_id,
        )


def spoken(outcome: Outcome) -> str:
    """One sentence for the schedule's page."""
    if outcome.status is Status.NEEDS_APPROVAL:
        return "Waiting for a second person."
    return f"Job {outcome.job.id}." if outcome.job else "Done."
