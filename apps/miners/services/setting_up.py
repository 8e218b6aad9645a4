"""Cooling, dynamic power scaling and hash boards of a miner."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final
from uuid import UUID

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid
from apps.miners.changing import engine, ranges
from apps.miners.changing.aspects import BOARDS, COOLING, DPS, Switches
from apps.miners.changing.engine import Changed, Wish
from apps.miners.client.miner import MinerClient
from apps.miners.client.setup import CoolingSetup, Dps
from apps.miners.schemas.setup import (
    MinersBoardSwitchIn,
    MinersBoardSwitchOut,
    MinersCooling,
    MinersCoolingSetIn,
    MinersCoolingSetOut,
    MinersDps,
    MinersDpsSetIn,
    MinersDpsSetOut,
)
from apps.miners.services.disturbing import disruption
from apps.miners.services.lookup import miner_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan

UNITS: Final = {"fans": "fans", "percent": "%", "c": "°C", "watts": "W", "hours": "h"}
TEMPERATURES: Final = ("target_c", "hot_c", "dangerous_c")
COOLING_RISKS: Final = ("Cooled too little, the miner stops at its dangerous temperature.",)
BOARD_RISKS: Final = ("A board that is off earns nothing; mining restarts with those that are on.",)

Given = MinersCoolingSetIn | MinersDpsSetIn


def cooling_set(ctx: Context, data: MinersCoolingSetIn) -> MinersCoolingSetOut:
    """Cool the miner otherwise, within its own ranges, and read it back."""
    device = miner_of(ctx.actor, data.device)
    return _cooled(device, engine.change(ctx, device, COOLING, _cooling(device, data)))


def cooling_plan(ctx: Context, data: MinersCoolingSetIn) -> Plan:
    """What would be set; the miner itself is not asked."""
    device = miner_of(ctx.actor, data.device)
    after = ", ".join([data.mode, *(f"{name} {value}" for name, value in _given(data).items())])
    return disruption(device, what=COOLING.title, after=after, risks=COOLING_RISKS)


def cooling_settle(ctx: Context, data: MinersCoolingSetIn, intent: UUID) -> Outcome:
    """Whether it is cooled as it was asked for."""
    device = miner_of(ctx.actor, data.device)
    found = engine.settle(ctx, device, COOLING)
    return found if isinstance(found, Outcome) else Outcome.done(_cooled(device, found))


def cooling_reverse(
    actor: Actor, data: MinersCoolingSetIn, output: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """How it was cooled before; fractions of a percent are rounded."""
    before = dict(output.get("before") or {})
    if before.get("mode") not in ("auto", "manual", "immersion", "hydro"):
        return None
    if before.get("fan_percent") is not None:
        before["fan_percent"] = round(before["fan_percent"])
    return before


def _cooling(device: Device, data: MinersCoolingSetIn) -> Wish[CoolingSetup]:
    async def wanted(client: MinerClient, before: CoolingSetup) -> CoolingSetup:
        _require(device, _given(data), (await client.tuning.constraints()).cooling)
        base = before if before.mode == data.mode else _carried(before, data.mode)
        made = replace(base, **_given(data))
        known = [getattr(made, name) for name in TEMPERATURES if getattr(made, name) is not None]
        if known != sorted(known):
            found = ", ".join(f"{name} {getattr(made, name)}" for name in TEMPERATURES)
            raise invalid("dangerous_c", f"the temperatures must rise, and would be {found}.")
        return made

    return wanted


def _carried(before: CoolingSetup, mode: str) -> CoolingSetup:
    """Another mode with the temperatures of the one before: none is raised by the change."""
    return CoolingSetup(mode, **{name: getattr(before, name) for name in TEMPERATURES})


def _cooled(device: Device, made: Changed[CoolingSetup]) -> MinersCoolingSetOut:
    return MinersCoolingSetOut(
        device=device.id,
        before=MinersCooling(**asdict(made.before)),
        after=MinersCooling(**asdict(made.after)),
        confirmed=made.confirmed,
    )


def dps_set(ctx: Context, data: MinersDpsSetIn) -> MinersDpsSetOut:
    """Change dynamic power scaling within the miner's ranges, and read it back."""
    device = miner_of(ctx.actor, data.device)
    return _scaled(device, engine.change(ctx, device, DPS, _dps(device, data)))


def dps_plan(ctx: Context, data: MinersDpsSetIn) -> Plan:
    """How it is and would be; what the miner would not take is refused."""
    device = miner_of(ctx.actor, data.device)
    return engine.plan(ctx, device, DPS, _dps(device, data))


def dps_settle(ctx: Context, data: MinersDpsSetIn, intent: UUID) -> Outcome:
    """Whether it scales as it was asked for."""
    device = miner_of(ctx.actor, data.device)
    found = engine.settle(ctx, device, DPS)
    return found if isinstance(found, Outcome) else Outcome.done(_scaled(device, found))


def dps_reverse(
    actor: Actor, data: MinersDpsSetIn, output: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """How it was before."""
    return dict(output["before"]) if output.get("before") else None


def _dps(device: Device, data: MinersDpsSetIn) -> Wish[Dps]:
    async def wanted(client: MinerClient, before: Dps) -> Dps:
        _require(device, _given(data), (await client.tuning.constraints()).dps)
        return replace(before, **_given(data))

    return wanted


def _scaled(device: Device, made: Changed[Dps]) -> MinersDpsSetOut:
    return MinersDpsSetOut(
        device=device.id,
        before=MinersDps(**asdict(made.before)),
        after=MinersDps(**asdict(made.after)),
        confirmed=made.confirmed,
    )


def board_switch(ctx: Context, data: MinersBoardSwitchIn) -> MinersBoardSwitchOut:
    """Switch boards on or off, and read back which are on."""
    device = miner_of(ctx.actor, data.device)
    return _switched(device, engine.change(ctx, device, BOARDS, _boards(device, data)))


def board_plan(ctx: Context, data: MinersBoardSwitchIn) -> Plan:
    """Which boards; the miner itself is not asked."""
    device = miner_of(ctx.actor, data.device)
    after = f"{', '.join(sorted(set(data.boards)))} {'on' if data.on else 'off'}"
    return disruption(device, what=BOARDS.title, after=after, risks=BOARD_RISKS)


def board_settle(ctx: Context, data: MinersBoardSwitchIn, intent: UUID) -> Outcome:
    """Whether the boards are as they were asked for."""
    device = miner_of(ctx.actor, data.device)
    found = engine.settle(ctx, device, BOARDS)
    return found if isinstance(found, Outcome) else Outcome.done(_switched(device, found))


def board_reverse(
    actor: Actor, data: MinersBoardSwitchIn, output: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The boards whose switch moved, the other way."""
    changed = output.get("changed")
    return {"boards": changed, "on": not data.on} if changed else None


def _boards(device: Device, data: MinersBoardSwitchIn) -> Wish[Switches]:
    async def wanted(client: MinerClient, before: Switches) -> Switches:
        known = [board for board, _ in before]
        unknown = sorted(set(data.boards) - set(known))
        if unknown:
            allowed = ", ".join(known)
            raise invalid("boards", f"{device.name} has no {unknown[0]!r}.", allowed=allowed)
        made = tuple((board, data.on if board in data.boards else on) for board, on in before)
        if not any(on for _, on in made):
            raise invalid("boards", "no board would be on; pause the miner instead.")
        return made

    return wanted


def _switched(device: Device, made: Changed[Switches]) -> MinersBoardSwitchOut:
    before, after = dict(made.before), dict(made.after)
    return MinersBoardSwitchOut(
        device=device.id,
        changed=[board for board, on in after.items() if on is not before.get(board)],
        before=[board for board, on in before.items() if on],
        after=[board for board, on in after.items() if on],
        confirmed=made.confirmed,
    )


def _given(data: Given) -> dict[str, Any]:
    """What was said besides the device and the mode of cooling."""
    said = data.model_dump(exclude={"device"}, exclude_none=True)
    if isinstance(data, MinersCoolingSetIn):
        said.pop("mode")
    return said


def _require(device: Device, given: Mapping[str, Any], limits: Any) -> None:
    """Raises `invalid` for the first number outside the range the miner names for it."""
    for name, value in given.items():
        unit = UNITS.get(name.rpartition("_")[2], "")
        if not isinstance(value, bool | str):
            ranges.require(device.name, name, value, getattr(limits, name, None), unit)
