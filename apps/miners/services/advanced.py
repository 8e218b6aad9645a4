"""A miner's advanced settings, within the schema that the miner itself tells."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from jsonschema import Draft202012Validator

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid, nearest
from apps.miners.changing import engine
from apps.miners.changing.aspects import ADVANCED
from apps.miners.changing.engine import Changed, Wish
from apps.miners.client.miner import MinerClient
from apps.miners.driver import MinerSession
from apps.miners.schemas.advanced import (
    MinersSetting,
    MinersSettingsListIn,
    MinersSettingsListOut,
    MinersSettingsSetIn,
    MinersSettingsSetOut,
)
from apps.miners.services.lookup import miner_of
from apps.operations.context import Context
from apps.operations.outcome import Outcome, Plan
from apps.operations.parsing import allowed_of

Values = dict[str, Any]
RISKS: Final = ("These are the maker's own switches; some drop a protection of the hardware.",)


def settings_list(ctx: Context, data: MinersSettingsListIn) -> MinersSettingsListOut:
    """What there is to set, and how it is set."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> tuple[Values, Values]:
        upkeep = session.client.upkeep
        return _properties(await upkeep.settings_schema()), await upkeep.settings()

    known, values = sessions.call(device, ask, ctx)
    rows = [_row(name, known.get(name, {}), values.get(name)) for name in {**known, **values}]
    return MinersSettingsListOut(device=device.id, settings=sorted(rows, key=lambda one: one.name))


def settings_set(ctx: Context, data: MinersSettingsSetIn) -> MinersSettingsSetOut:
    """Set some of them, and read all back."""
    device = miner_of(ctx.actor, data.device)
    return _out(device, data, engine.change(ctx, device, ADVANCED, _wish(data)))


def settings_plan(ctx: Context, data: MinersSettingsSetIn) -> Plan:
    """How they are and would be; what the miner would not take is refused."""
    device = miner_of(ctx.actor, data.device)
    found = engine.plan(
        ctx, device, ADVANCED, _wish(data), shown=lambda values: _named(values, data)
    )
    return found.model_copy(update={"risks": RISKS})


def settings_settle(ctx: Context, data: MinersSettingsSetIn, intent: UUID) -> Outcome:
    """Whether they are as asked for."""
    device = miner_of(ctx.actor, data.device)
    found = engine.settle(ctx, device, ADVANCED)
    return found if isinstance(found, Outcome) else Outcome.done(_out(device, data, found))


def settings_reverse(
    actor: Actor, data: MinersSettingsSetIn, output: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The values before."""
    return {"settings": output["before"]} if output.get("before") else None


def _wish(data: MinersSettingsSetIn) -> Wish[Values]:
    async def wanted(client: MinerClient, before: Values) -> Values:
        schema = await client.upkeep.settings_schema()
        known = _properties(schema)
        asked = {name: _value(name, value, known) for name, value in data.settings.items()}
        for error in Draft202012Validator(schema).iter_errors(asked):
            field = ".".join(["settings", *map(str, error.absolute_path)])
            allowed = _allowed(known.get(str(next(iter(error.absolute_path), "")), {}))
            raise invalid(field, f"{error.message[:200]}.", allowed=allowed or None)
        return before | asked

    return wanted


def _value(name: str, value: Any, known: Values) -> Any:
    """The value that is meant; raises `invalid` for a setting this firmware does not have."""
    if name not in known:
        guess = nearest(name, sorted(known))
        hint = f" Did you mean {guess!r}?" if guess else ""
        raise invalid(
            f"settings.{name[:40]}",
            f"is no setting of this firmware.{hint}",
            allowed=", ".join(sorted(known)),
        )
    if value is not None:
        return value
    if "default" not in known[name]:
        raise invalid(f"settings.{name}", "tells no default; give a value.")
    return known[name]["default"]


def _properties(schema: Values) -> Values:
    return dict(schema.get("properties", {}))


def _row(name: str, described: Values, value: Any) -> MinersSetting:
    return MinersSetting(
        name=name,
        value=value,
        default=described.get("default"),
        description=str(described.get("description", "")),
        allowed=_allowed(described),
    )


def _allowed(described: Values) -> str:
    return allowed_of(described) or ""


def _named(values: Values, data: MinersSettingsSetIn) -> Values:
    return {name: values.get(name) for name in data.settings}


def _out(device: Device, data: MinersSettingsSetIn, made: Changed[Values]) -> MinersSettingsSetOut:
    return MinersSettingsSetOut(
        device=device.id,
        before=_named(made.before, data),
        after=_named(made.after, data),
        confirmed=made.confirmed,
    )
