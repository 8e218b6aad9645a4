"""What each device had before a rollout, as inputs that bring it back."""

from typing import Any
from uuid import UUID

from apps.fleet.models.rollout import MemberState, Rollout
from apps.fleet.rollouts.carrying import input_of
from apps.jobs.models import Job
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict
from apps.operations.catalogue import installed
from apps.operations.parsing import read


def earlier_inputs(actor: Actor, rollout: Rollout) -> dict[UUID, dict[str, Any]]:
    """By device: the fields that take back what was done to it, where that is known.

    Raises `conflict` for an operation that cannot be taken back by itself.
    """
    operation = installed().get(rollout.operation)
    if operation.reverse is None:
        raise conflict(f"{operation.name} cannot be taken back; plan a rollout of its opposite.")
    done = rollout.members.filter(state=MemberState.SUCCEEDED).select_related("device")
    jobs = [one.job_id for one in done if one.job_id]
    outputs: dict[UUID | None, Any] = dict(
        Job.system.filter(id__in=jobs).values_list("id", "output")
    )
    found = {}
    for member in done:
        data = read(operation.input, input_of(rollout, member))
        back = operation.reverse(actor, data, outputs.get(member.job_id) or {})
        if back is not None:
            found[member.device_id] = dict(back)
    return found
