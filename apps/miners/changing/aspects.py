"""The settings of a miner that are written here, each with how it is read and told."""

from dataclasses import replace
from typing import Any, Final

from pydantic import TypeAdapter

from apps.kernel.errors import conflict
from apps.miners.changing.aspect import Aspect
from apps.miners.client.miner import MinerClient
from apps.miners.client.setup import CoolingSetup, Dps, GroupSetup, Target, TargetMode

Groups = tuple[GroupSetup, ...]
Switches = tuple[tuple[str, bool], ...]

#: A rate that was set and is read back may differ by rounding (TH/s).
_DIGITS: Final = 3


async def _read_target(client: MinerClient) -> Target:
    found = await client.tuning.target()
    if found.mode is TargetMode.POWER and found.watts is None:
        return replace(found, watts=(await client.tuning.state()).target_watts)
    return found


async def _write_target(client: MinerClient, wanted: Target) -> None:
    if wanted.mode is TargetMode.POWER and wanted.watts is not None:
        await client.tuning.set_power(wanted.watts)
    elif wanted.mode is TargetMode.HASHRATE and wanted.terahash is not None:
        await client.tuning.set_hashrate(wanted.terahash)
    elif wanted.mode is TargetMode.MANUAL:
        await client.tuning.set_manual(wanted)


def _shown_target(target: Target) -> dict[str, Any]:
    rate = target.terahash
    shown: dict[str, Any] = {
        "mode": target.mode.value,
        "watts": target.watts,
        "terahash": None if rate is None else round(rate, _DIGITS),
    }
    if target.mode is TargetMode.MANUAL:
        shown |= {"frequency_hz": target.frequency_hz, "volts": target.volts}
    return shown


async def _read_dps(client: MinerClient) -> Dps:
    return (await client.tuning.setup()).dps


async def _read_cooling(client: MinerClient) -> CoolingSetup:
    found = (await client.tuning.setup()).cooling
    if found is None:
        raise conflict("The miner does not say how it is cooled, so it cannot be changed safely.")
    return found


async def _write_cooling(client: MinerClient, wanted: CoolingSetup) -> None:
    await client.cooling.set_mode(wanted)


async def _read_boards(client: MinerClient) -> Switches:
    return tuple((board.id, board.enabled) for board in await client.boards.all())


async def _write_boards(client: MinerClient, wanted: Switches) -> None:
    """Those that go on first: a miner never has fewer boards than before and after."""
    now = dict(await _read_boards(client))
    for on in (True, False):
        ids = [board for board, want in wanted if want is on and now.get(board) is not on]
        if ids:
            await client.boards.switch(ids, on)


async def _read_pools(client: MinerClient) -> Groups:
    return (await client.tuning.setup()).groups


async def _write_pools(client: MinerClient, wanted: Groups) -> None:
    await client.pools.replace(wanted)


def _shown_pools(groups: Groups) -> list[dict[str, Any]]:
    return [
        {
            "name": group.name,
            "quota": group.quota,
            "ratio": group.ratio,
            "pools": [
                {"url": pool.url, "user": pool.user, "enabled": pool.enabled}
                for pool in group.pools
            ],
        }
        for group in groups
    ]


async def _write_dps(client: MinerClient, wanted: Dps) -> None:
    await client.tuning.set_dps(wanted)


async def _read_advanced(client: MinerClient) -> dict[str, Any]:
    return await client.upkeep.settings()


async def _write_advanced(client: MinerClient, wanted: dict[str, Any]) -> None:
    """Only what differs: a setting that is sent counts as set, even at its default."""
    now = await _read_advanced(client)
    changed = {name: value for name, value in wanted.items() if now.get(name) != value}
    if changed:
        await client.upkeep.set_settings(changed)


TARGET: Final[Aspect[Target]] = Aspect(
    name="target",
    title="target",
    permission="miners.operate",
    disruptive=False,
    kind=TypeAdapter(Target),
    read=_read_target,
    write=_write_target,
    shown=_shown_target,
)
DPS: Final[Aspect[Dps]] = Aspect(
    name="dps",
    title="dynamic power scaling",
    permission="miners.configure",
    disruptive=False,
    kind=TypeAdapter(Dps),
    read=_read_dps,
    write=_write_dps,
    shown=TypeAdapter(Dps).dump_python,
)
COOLING: Final[Aspect[CoolingSetup]] = Aspect(
    name="cooling",
    title="cooling",
    permission="miners.configure",
    disruptive=True,
    kind=TypeAdapter(CoolingSetup),
    read=_read_cooling,
    write=_write_cooling,
    shown=TypeAdapter(CoolingSetup).dump_python,
)
BOARDS: Final[Aspect[Switches]] = Aspect(
    name="boards",
    title="hash boards",
    permission="miners.configure",
    disruptive=True,
    kind=TypeAdapter(Switches),
    read=_read_boards,
    write=_write_boards,
    shown=dict,
)
POOLS: Final[Aspect[Groups]] = Aspect(
    name="pools",
    title="pools",
    permission="miners.configure",
    disruptive=True,
    kind=TypeAdapter(Groups),
    read=_read_pools,
    write=_write_pools,
    shown=_shown_pools,
)

ADVANCED: Final[Aspect[dict[str, Any]]] = Aspect(
    name="advanced",
    title="advanced settings",
    permission="miners.configure",
    disruptive=True,
    kind=TypeAdapter(dict[str, Any]),
    read=_read_advanced,
    write=_write_advanced,
    shown=dict,
)

#: By the name that snapshots carry.
ASPECTS: Final[dict[str, Aspect[Any]]] = {
    one.name: one for one in (TARGET, DPS, COOLING, BOARDS, POOLS, ADVANCED)
}
