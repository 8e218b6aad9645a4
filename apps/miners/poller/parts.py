"""What a miner is made of and how each part does: boards, fans, pools."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from apps.miners.client.errors import ClientError, Unreachable
from apps.miners.client.miner import MinerClient
from apps.miners.client.types import CoolingState, Hashboard, PoolGroup

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts as they are kept, and the hottest chip in °C."""

    chip_c: float | None = None
    plain: dict[str, Any] = field(default_factory=dict)


async def read(client: MinerClient) -> Parts:
    """Ask for all of them; what the firmware does not tell is left out.

    Raises the client's own error when the miner cannot be reached.
    """
    boards = await _told(client.boards.all()) or ()
    cooling = await _told(client.cooling.state())
    groups = await _told(client.pools.groups()) or ()
    return Parts(
        chip_c=hottest(boards, cooling),
        plain={
            "boards": [_board(one) for one in boards],
            "fans": _fans(cooling),
            "pools": [one for group in groups for one in _pools(group)],
        },
    )


def hottest(boards: Sequence[Hashboard], cooling: CoolingState | None) -> float | None:
    """The hottest chip; where no board measures, the highest temperature that cooling tells."""
    known = [one.chip_temperature_c for one in boards if one.chip_temperature_c is not None]
    found = max(known) if known else (cooling.highest_c if cooling else None)
    return None if found is None else round(found, 1)


async def _told(asked: Awaitable[T]) -> T | None:
    try:
        return await asked
    except Unreachable:
        raise
    except ClientError:
        return None


def _board(one: Hashboard) -> dict[str, Any]:
    return {
        "id": one.id,
        "enabled": one.enabled,
        "chips": one.chips,
        "chip_c": one.chip_temperature_c,
        "board_c": one.board_temperature_c,
        "terahash": round(one.terahash.last_5s, 2),
        "nominal": round(one.terahash.nominal, 2),
        "model": one.model,
        "serial": one.serial,
    }


def _fans(cooling: CoolingState | None) -> list[dict[str, Any]]:
    fans = cooling.fans if cooling else ()
    return [{"position": one.position, "rpm": one.rpm, "ratio": one.ratio} for one in fans]


def _pools(group: PoolGroup) -> list[dict[str, Any]]:
    return [
        {
            "group": group.name,
            "url": one.url,
            "user": one.user,
            "enabled": one.enabled,
            "alive": one.alive,
            "active": one.active,
            "accepted": one.accepted_shares,
            "rejected": one.rejected_shares,
        }
        for one in group.pools
    ]
