"""Asking a miner what it is, what is wrong with it, and what it wrote down."""

import re
from datetime import UTC, datetime
from typing import Final

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.miners.changing.aspects import TARGET
from apps.miners.client.miner import MinerClient
from apps.miners.client.types import DeviceFault, Hashboard, Limits
from apps.miners.driver import MinerSession
from apps.miners.schemas.readings import (
    MinersBoard,
    MinersError,
    MinersErrorListIn,
    MinersErrorListOut,
    MinersLogReadIn,
    MinersLogReadOut,
    MinersMinerInfoIn,
    MinersMinerInfoOut,
    MinersRange,
)
from apps.miners.services.lookup import miner_of
from apps.miners.services.targets import in_words
from apps.operations.context import Context

LONGEST_LINE: Final = 1000
#: Worst first; a line without any of these words counts as info.
LEVELS: Final = ("error", "warn", "info", "debug")
_LEVEL: Final = re.compile(r"\b(ERROR|ERR|CRIT|FATAL|WARN|WARNING|INFO|NOTICE|DEBUG|TRACE)\b", re.I)
_SAME: Final = {
    "err": "error",
    "crit": "error",
    "fatal": "error",
    "warning": "warn",
    "notice": "info",
    "trace": "debug",
}
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")


def miner_info(ctx: Context, data: MinersMinerInfoIn) -> MinersMinerInfoOut:
    """Ask the miner itself, in one visit."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> MinersMinerInfoOut:
        return await _info(device, session.client)

    return sessions.call(device, ask, ctx)


async def _info(device: Device, client: MinerClient) -> MinersMinerInfoOut:
    details, network = await client.details(), await client.network.info()
    boards, cooling = await client.boards.all(), await client.cooling.state()
    setup, limits = await client.tuning.setup(), await client.tuning.constraints()
    target, licence = await TARGET.read(client), await client.upkeep.licence()
    upgrade, methods = await client.upkeep.auto_upgrade(), await client.capabilities()
    return MinersMinerInfoOut(
        device=device.id,
        name=device.name,
        model=details.model,
        firmware=details.version,
        platform=details.platform,
        boot_mode=details.bos_mode,
        serial=details.serial,
        psu_serial=details.psu_serial,
        hostname=details.hostname,
        mac=details.mac,
        addresses=list(network.addresses),
        network=network.protocol,
        uptime_s=details.uptime_s,
        daemon_uptime_s=details.daemon_uptime_s,
        boards=[_board(board) for board in boards],
        fans_rpm=[fan.rpm for fan in cooling.fans],
        hottest_c=cooling.highest_c,
        cooling=setup.cooling.mode if setup.cooling else "unknown",
        target=in_words(target),
        power_range=_range(limits.power),
        hashrate_range=_range(limits.hashrate),
        licence=licence.state,
        auto_upgrade=upgrade.enabled,
        methods=len(methods),
    )


def _board(board: Hashboard) -> MinersBoard:
    return MinersBoard(
        id=board.id,
        enabled=board.enabled,
        chips=board.chips,
        terahash=round(board.terahash.last_5m, 2),
        chip_c=board.chip_temperature_c,
        model=board.model,
        serial=board.serial,
    )


def _range(limits: Limits | None) -> MinersRange | None:
    if limits is None:
        return None
    return MinersRange(default=limits.default, least=limits.least, most=limits.most)


def error_list(ctx: Context, data: MinersErrorListIn) -> MinersErrorListOut:
    """What the firmware reports as wrong, with its hints."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> tuple[DeviceFault, ...]:
        return await session.client.errors()

    faults = sessions.call(device, ask, ctx)
    return MinersErrorListOut(device=device.id, errors=[_error(fault) for fault in faults])


def _error(fault: DeviceFault) -> MinersError:
    return MinersError(
        at=fault.at,
        message=fault.message,
        codes=[code.code for code in fault.codes],
        hints=[code.hint for code in fault.codes if code.hint],
        parts=list(fault.components),
    )


def log_read(ctx: Context, data: MinersLogReadIn) -> MinersLogReadOut:
    """The last lines of a log that fit what was asked for."""
    device = miner_of(ctx.actor, data.device)

    async def ask(session: MinerSession) -> bytes:
        return await session.client.records.log(data.log, timeout=ctx.remaining())

    text = sessions.call(device, ask, ctx).decode("utf-8", "replace")
    fit = fitting(text.splitlines(), data.level, data.since)
    return MinersLogReadOut(
        device=device.id,
        log=data.log,
        lines=[line[:LONGEST_LINE] for line in fit[-data.lines :]],
        left_out=max(0, len(fit) - data.lines),
    )


def fitting(lines: list[str], level: str | None, since: datetime | None) -> list[str]:
    """Lines of a level or worse, from an instant on; a line without a time has the last one's."""
    kept, moment = [], None
    for line in lines:
        moment = moment_of_line(line) or moment
        early = since is not None and moment is not None and moment < since
        mild = level is not None and LEVELS.index(level_of(line)) > LEVELS.index(level)
        if not early and not mild:
            kept.append(line)
    return kept


def level_of(line: str) -> str:
    """The first word of the line that names a level."""
    found = _LEVEL.search(line)
    word = found.group(1).lower() if found else "info"
    return _SAME.get(word, word)


def moment_of_line(line: str) -> datetime | None:
    """The first instant a line names; without a zone it is UTC."""
    found = _MOMENT.search(line)
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(found.group())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
