"""The stepped upgrade of one miner: the point of no return is recorded before it is crossed.

The states and their moves are fleet's. A step does one thing and returns; waiting for a reboot
is a row with a time to wake. From `sending` on nothing is called failed before the device was
asked: every bad end goes through `reconciling`.
"""

from collections.abc import Callable
from typing import Final

from apps.fleet.models import TargetState
from apps.miners.curtail.selectors import curtailed_by
from apps.miners.firmware import unseen
from apps.miners.firmware.attempt import Attempt
from apps.miners.firmware.endings import conclude
from apps.miners.firmware.preflight import begin, check, refuse
from apps.miners.firmware.sending import send
from apps.miners.firmware.watching import doubt, reconcile, soak, verify, watch_reboot
from apps.miners.schemas.firmware import MinersFirmwareUpgradeIn, MinersFirmwareUpgradeOut
from apps.operations.context import Context
from apps.operations.core import Again

Result = MinersFirmwareUpgradeOut | Again


def step(ctx: Context, data: MinersFirmwareUpgradeIn) -> Result:
    """Take the upgrade one state further."""
    attempt = Attempt.of(ctx, data)
    if attempt.state is TargetState.QUEUED and not data.curtailed:
        refuse_curtailed(attempt)
    unseen.forgive(attempt)
    result = next_of(attempt)
    return unseen.remembered(result) if isinstance(result, Again) else result


def next_of(attempt: Attempt) -> Result:
    """What the present state asks for."""
    ctx = attempt.ctx
    if attempt.state is TargetState.SENDING or (ctx.reconciling and attempt.state in CROSSED):
        return doubt(attempt, "It is unclear how far the miner came; it is asked first.")
    return STEPS.get(attempt.state, conclude)(attempt)


def refuse_curtailed(attempt: Attempt) -> None:
    """Raises where a curtailment took the miner since the plan was made; nothing was sent."""
    reason = curtailed_by(attempt.device.id)
    if reason:
        attempt.move(TargetState.PREFLIGHT, f"Checking {attempt.device.name}.")
        raise refuse(attempt, TargetState.REJECTED, f"{reason} Nothing was sent.")


STEPS: Final[dict[TargetState, Callable[[Attempt], Result]]] = {
    TargetState.QUEUED: begin,
    TargetState.PREFLIGHT: check,
    TargetState.READY: send,
    TargetState.SENT: watch_reboot,
    TargetState.REBOOTING: watch_reboot,
    TargetState.VERIFYING: verify,
    TargetState.COMMITTED: soak,
    TargetState.RECONCILING: reconcile,
}
#: States in which a lost worker leaves it open how far the device came.
CROSSED: Final = frozenset(
    {
        TargetState.SENDING,
        TargetState.SENT,
        TargetState.REBOOTING,
        TargetState.VERIFYING,
        TargetState.COMMITTED,
    }
)
