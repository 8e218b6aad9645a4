"""The operation that measures what a miner gives at several power targets."""

from apps.miners import services
from apps.miners.baseline import run
from apps.miners.operations.faces import EVERYWHERE
from apps.miners.schemas.baselines import MinersBaselineRunIn, MinersBaselineRunOut
from apps.operations.core import Danger, Mode, Operation, Repeat

RUN = Operation(
    name="miners.baseline.run",
    aliases=("run_performance_baseline",),
    summary="Measure a miner at several power targets, then set its own again whatever happens.",
    input=MinersBaselineRunIn,
    output=MinersBaselineRunOut,
    handler=run.baseline_run,
    targets=services.miner_targets,
    plan=run.baseline_plan,
    settle=run.baseline_settle,
    permission="miners.operate",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.KEYED,
    faces=EVERYWHERE,
    mode=Mode.JOB,
    device=True,
    exclusive=True,
    time_limit=30,
)

OPERATIONS = (RUN,)
