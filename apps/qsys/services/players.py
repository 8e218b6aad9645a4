"""Loop players: start files on outputs, stop what plays, drop what waits."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import Code
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanTarget
from apps.qsys.client import LoopFile, LoopPlayer
from apps.qsys.client.loop_player import AFTER_CURRENT, NOW
from apps.qsys.driver import CoreSession
from apps.qsys.policies import Write, of_paths, plan_refusals, require
from apps.qsys.schemas.players import (
    QsysPlayerStartIn,
    QsysPlayerStartOut,
    QsysPlayerStopIn,
    QsysPlayerStopOut,
)
from apps.qsys.services.cores import core_of
from apps.qsys.services.names import Named, naming

MOMENTS: Final = {"now": NOW, "after_current": AFTER_CURRENT}


def player_start(ctx: Context, data: QsysPlayerStartIn) -> QsysPlayerStartOut:
    """Hand a job to a loop player; the call's id is its reference in the Core's log."""
    device = core_of(ctx.actor, data.device)
    files = [LoopFile(one.name, one.output, one.mode) for one in data.files]
    at = MOMENTS[data.at] if isinstance(data.at, str) else data.at
    require(ctx, device, _started(data))

    async def act(session: CoreSession) -> None:
        await LoopPlayer(session.qrc, data.player).start(
            files, at=at, loop=data.loop, seek=data.seek, reference=str(ctx.call.id)
        )

    with naming(device, ctx, [Named("player", data.player)]):
        sessions.call(device, act, ctx, changing=True)
    outputs = [one.output for one in data.files]
    ctx.after = {"playing": [one.name for one in data.files], "outputs": outputs}
    return QsysPlayerStartOut(device=device.id, player=data.player, outputs=outputs)


def player_start_plan(ctx: Context, data: QsysPlayerStartIn) -> Plan:
    """Which file would play on which output."""
    device = core_of(ctx.actor, data.device)
    return Plan(
        targets=(PlanTarget(kind="device", id=device.id, label=device.name),),
        changes=tuple(
            PlanChange(
                target=device.id, what=f"{data.player} / output {one.output}", after=one.name
            )
            for one in data.files
        ),
        refusals=plan_refusals(ctx, device, _started(data)),
    )


def player_start_writes(actor: Actor, data: QsysPlayerStartIn) -> tuple[Device, list[Write]]:
    """The Core and the outputs that would play, for the policies."""
    return core_of(actor, data.device), _started(data)


def _started(data: QsysPlayerStartIn) -> list[Write]:
    """A stereo file takes its output and the next."""
    taken = {one.output for one in data.files}
    taken |= {one.output + 1 for one in data.files if one.mode == "stereo"}
    return _outputs(data.player, taken)


def _outputs(player: str, outputs: Iterable[int]) -> list[Write]:
    return of_paths((player, f"output.{one}") for one in sorted(outputs))


def player_stop(ctx: Context, data: QsysPlayerStopIn) -> QsysPlayerStopOut:
    """Silence outputs, or drop what waits on them."""
    device = core_of(ctx.actor, data.device)
    require(ctx, device, _outputs(data.player, data.outputs))

    async def act(session: CoreSession) -> None:
        player = LoopPlayer(session.qrc, data.player)
        await (player.cancel if data.waiting else player.stop)(data.outputs)

    with naming(device, ctx, [Named("player", data.player)]):
        sessions.call(device, act, ctx, changing=True, silencing=True)
    return QsysPlayerStopOut(device=device.id, player=data.player, outputs=data.outputs)


def player_stop_plan(ctx: Context, data: QsysPlayerStopIn) -> Plan:
    """Which outputs would fall silent."""
    device = core_of(ctx.actor, data.device)
    after = "nothing waits" if data.waiting else "silent"
    return Plan(
        targets=(PlanTarget(kind="device", id=device.id, label=device.name),),
        changes=tuple(
            PlanChange(target=device.id, what=f"{data.player} / output {one}", after=after)
            for one in data.outputs
        ),
        refusals=plan_refusals(ctx, device, _outputs(data.player, data.outputs)),
    )


def player_stop_writes(actor: Actor, data: QsysPlayerStopIn) -> tuple[Device, list[Write]]:
    """The Core and the outputs that would fall silent, for the policies."""
    return core_of(actor, data.device), _outputs(data.player, data.outputs)


def player_settle(
    ctx: Context, data: QsysPlayerStartIn | QsysPlayerStopIn, intent: UUID
) -> Outcome:
    """A Core tells nobody which job it holds."""
    return Outcome.not_done(
        Code.INDETERMINATE,
        f"Whether {data.player} took the order cannot be asked of a Core. Listen, then send it "
        "again if need be.",
    )
