"""What a miner works towards: power, hash rate, a share of its range, or its best efficiency."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict, invalid
from apps.miners.changing import engine, ranges
from apps.miners.changing.aspects import TARGET
from apps.miners.changing.engine import Changed, Wish
from apps.miners.client.errors import Family, Rejected
from apps.miners.client.miner import MinerClient
from apps.miners.client.setup import Target, TargetMode
from apps.miners.client.types import Limits
from apps.miners.models import Miner
from apps.miners.schemas.targets import (
    MinersHashrateSetIn,
    MinersPowerSetIn,
    MinersPowerSetOut,
    MinersTarget,
    MinersTargetAdjustIn,
    MinersTargetOut,
    MinersTuningSetIn,
)
from apps.miners.services.lookup import miner_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan

WATTS = "W"
TERAHASH = "TH/s"
AnyTargetIn = MinersPowerSetIn | MinersHashrateSetIn | MinersTargetAdjustIn | MinersTuningSetIn


def power_set(ctx: Context, data: MinersPowerSetIn) -> MinersPowerSetOut:
    """Set the power target within the miner's own range, and read it back."""
    device = miner_of(ctx.actor, data.device)
    return _power_out(device, _change(ctx, device, data))


def power_plan(ctx: Context, data: MinersPowerSetIn) -> Plan:
    """The range comes from the miner, so a plan says no before the miner would."""
    device = miner_of(ctx.actor, data.device)
    asked = wish(device, data)
    what = "power target (W)"
    return engine.plan(ctx, device, TARGET, asked, what=what, shown=lambda one: one.watts)


def power_settle(ctx: Context, data: MinersPowerSetIn, intent: UUID) -> Outcome:
    """Whether the miner works towards the asked target."""
    device = miner_of(ctx.actor, data.device)
    found = engine.settle(ctx, device, TARGET)
    return found if isinstance(found, Outcome) else Outcome.done(_power_out(device, found))


def power_reverse(
    actor: Actor, data: MinersPowerSetIn, output: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The target before; a miner that had none cannot be brought back to none."""
    return {"watts": output["before"]} if output.get("before") else None


def target_set(
    ctx: Context, data: MinersHashrateSetIn | MinersTargetAdjustIn | MinersTuningSetIn
) -> MinersTargetOut:
    """Work towards what was asked for, within the miner's own range, and read it back."""
    device = miner_of(ctx.actor, data.device)
    return _out(device, _change(ctx, device, data))


def target_plan(ctx: Context, data: AnyTargetIn) -> Plan:
    """The range comes from the miner, so a plan says no before the miner would."""
    device = miner_of(ctx.actor, data.device)
    return engine.plan(ctx, device, TARGET, wish(device, data), shown=in_words)


def target_settle(
    ctx: Context,
    data: MinersHashrateSetIn | MinersTargetAdjustIn | MinersTuningSetIn,
    intent: UUID,
) -> Outcome:
    """Whether the miner works towards what was asked for."""
    device = miner_of(ctx.actor, data.device)
    found = engine.settle(ctx, device, TARGET)
    return found if isinstance(found, Outcome) else Outcome.done(_out(device, found))


def hashrate_reverse(
    actor: Actor, data: MinersHashrateSetIn, output: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The rate before; a miner that worked for power is brought back by undoing the change."""
    before = (output.get("before") or {}).get("terahash")
    return {"terahash": before} if before else None


def adjust_reverse(
    actor: Actor, data: MinersTargetAdjustIn, output: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The step back."""
    before, after = ((output.get(side) or {}).get(data.unit) for side in ("before", "after"))
    return {"step": before - after, "percent": None} if before and after else None


def tuning_reverse(
    actor: Actor, data: MinersTuningSetIn, output: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The mode and target before; manual mode is brought back by undoing the change."""
    before = output.get("before") or {}
    if before.get("mode") not in ("power", "hashrate"):
        return None
    return {key: before.get(key) for key in ("mode", "watts", "terahash")}


def wish(device: Device, data: AnyTargetIn) -> Wish[Target]:
    """What `data` asks of the miner, checked against its range."""

    async def wanted(client: MinerClient, before: Target) -> Target:
        limits = await client.tuning.constraints()
        if isinstance(data, MinersTargetAdjustIn):
            return _adjusted(device, data, before, limits.power, limits.hashrate)
        if isinstance(data, MinersTuningSetIn) and data.mode == "efficiency":
            return await _most_efficient(client, device, limits.power)
        if isinstance(data, MinersTuningSetIn) and data.mode == "default":
            return _default(device, limits.power)
        watts, terahash = getattr(data, "watts", None), getattr(data, "terahash", None)
        ranges.require(device.name, "watts", watts, limits.power, WATTS)
        ranges.require(device.name, "terahash", terahash, limits.hashrate, TERAHASH)
        return _target(watts, terahash)

    return wanted


def _target(watts: int | None, terahash: float | None) -> Target:
    if watts is not None:
        return Target(TargetMode.POWER, watts=watts)
    return Target(TargetMode.HASHRATE, terahash=terahash)


def _adjusted(
    device: Device,
    data: MinersTargetAdjustIn,
    before: Target,
    power: Limits | None,
    hashrate: Limits | None,
) -> Target:
    by_power = data.unit == "watts"
    limits = power if by_power else hashrate
    now = before.watts if by_power else before.terahash
    if data.percent is not None:
        value = _reference(device, data, now, limits) * data.percent / 100
    else:
        value = _current(device, data, now) + (data.step or 0)
    field = "step" if data.percent is None else "percent"
    unit = WATTS if by_power else TERAHASH
    value = round(value) if by_power else round(value, 3)
    if limits is not None and not limits.hold(value):
        allowed = ranges.span(limits, unit)
        words = f"gives {value:g} {unit}, and {device.name} takes {allowed}."
        raise invalid(field, words, allowed=allowed)
    return _target(int(value), None) if by_power else _target(None, value)


def _reference(
    device: Device, data: MinersTargetAdjustIn, now: float | None, limits: Limits | None
) -> float:
    if data.of == "current":
        return _current(device, data, now)
    if limits is None:
        raise conflict(f"{device.name} tells no range; give an exact target instead.")
    return {"nominal": limits.default, "min": limits.least, "max": limits.most}[data.of]


def _current(device: Device, data: MinersTargetAdjustIn, now: float | None) -> float:
    if now is None:
        other = "terahash" if data.unit == "watts" else "watts"
        words = f"{device.name} has no target in {data.unit} now; give unit {other}, or set one."
        raise conflict(words)
    return now


async def _most_efficient(client: MinerClient, device: Device, limits: Limits | None) -> Target:
    """The point of the machine's curve with the least J/TH that its range allows."""
    try:
        points = await client.tuning.efficiency()
    except Rejected as error:
        if error.family is not Family.UNSUPPORTED:
            raise
        points = ()
    fit = [
        point
        for point in points
        if point.terahash > 0 and (limits is None or limits.hold(point.target_watts))
    ]
    if not fit:
        words = f"{device.name} tells no efficiency curve (firmware 26.05 and later do)."
        raise conflict(f"{words} Give mode power with the watts you want.")
    best = min(fit, key=lambda point: (point.joule_per_terahash, -point.terahash))
    return _target(best.target_watts, None)


def _default(device: Device, limits: Limits | None) -> Target:
    if limits is None:
        raise conflict(f"{device.name} tells no default power; give mode power with watts.")
    return _target(round(limits.default), None)


def in_words(target: Target) -> str:
    """A target for people, such as `power 3068 W`."""
    figure = {
        TargetMode.POWER: f" {target.watts} W",
        TargetMode.HASHRATE: f" {target.terahash:g} TH/s" if target.terahash else "",
    }
    return f"{target.mode.value}{figure.get(target.mode, '')}"


def _change(ctx: Context, device: Device, data: AnyTargetIn) -> Changed[Target]:
    made = engine.change(ctx, device, TARGET, wish(device, data))
    Miner.system.filter(device=device).update(power_target_watts=made.after.watts)
    return made


def _power_out(device: Device, made: Changed[Target]) -> MinersPowerSetOut:
    after = made.after.watts
    return MinersPowerSetOut(
        device=device.id,
        before=made.before.watts,
        after=after if after is not None else made.wanted.watts or 0,
        confirmed=made.confirmed,
    )


def _out(device: Device, made: Changed[Target]) -> MinersTargetOut:
    return MinersTargetOut(
        device=device.id,
        before=view(made.before),
        after=view(made.after),
        confirmed=made.confirmed,
    )


def view(target: Target) -> MinersTarget:
    """A target as operations answer it."""
    shown = TARGET.shown(target)
    return MinersTarget(**{name: shown[name] for name in ("mode", "watts", "terahash")})
