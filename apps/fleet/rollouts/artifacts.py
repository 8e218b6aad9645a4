"""What a rollout brings has to be good: asked each tick, and read whole before each phase."""

from apps.fleet.models.rollout import MemberState, PauseCause, Phase, PhaseState, Rollout
from apps.fleet.rollouts.carrying import input_of
from apps.fleet.rollouts.starting import Halt
from apps.kernel.errors import Failure
from apps.operations.catalogue import installed
from apps.operations.parsing import read


def require_good(rollout: Rollout, phase: Phase) -> None:
    """Raises `Halt` when what is still to be brought may not be begun with now.

    A phase that is about to begin has all of it read anew: what lies in a store may rot.
    """
    operation = installed().get(rollout.operation)
    if operation.brings is None:
        return
    whole = phase.state == PhaseState.PENDING
    rows = phase.members.all() if whole else rollout.members.all()
    # Where earlier values are brought back, members differ in what they get: one of each kind.
    kinds = rows.filter(state=MemberState.QUEUED).order_by("overrides", "place")
    for member in kinds.distinct("overrides"):
        data = read(operation.input, input_of(rollout, member))
        try:
            operation.brings(rollout.tenant_id, data, whole)
        except Failure as failure:
            raise Halt(PauseCause.WITHDRAWN, failure.detail) from failure
