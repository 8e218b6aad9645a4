"""What is worth an alert of a miner's parts: chips, fans and pools, from the poller's slow look."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from apps.fleet.alerts.rules import Measured, Read, Rule, Seen, Side, Thresholds, from_summary, of
from apps.miners.alerts.mining import MINING
from apps.miners.client.types import MinerStatus
from apps.miners.models import Miner

Parts = Mapping[str, Any]
#: Parts are read once a minute; older ones neither raise nor clear.
FRESH: Final = timedelta(minutes=5)


def from_parts(count: Callable[[Parts], tuple[float, str] | None]) -> Read:
    """Reads a value with its words of each mining miner whose parts were read lately.

    A paused miner stops its fans and lets its pools go, which says nothing of them.
    """

    def read(devices: Sequence[Seen], now: datetime) -> Iterable[Measured]:
        fit = {one.id: one for one in devices if one.is_fresh and _mines(one)}
        rows = Miner.system.filter(device_id__in=list(fit), parts_at__gte=now - FRESH)
        for device_id, parts in rows.values_list("device_id", "parts"):
            if (found := count(parts)) is not None:
                yield of(fit[device_id], *found)

    return read


def _mines(device: Seen) -> bool:
    return device.summary.get("status") == MINING


def chips_missing(parts: Parts) -> tuple[float, str] | None:
    """Chips that enabled boards lack beside the fullest board of the same miner."""
    boards = [one for one in parts.get("boards", ()) if one.get("enabled") and one.get("chips")]
    if len(boards) < 2:
        return None
    full = max(one["chips"] for one in boards)
    short = {str(one["id"]): full - one["chips"] for one in boards if one["chips"] < full}
    words = ", ".join(f"{number} of board {board}" for board, number in short.items())
    return float(
        sum(short.values())
    ), f"Missing chips: {words}." if short else "No chip is missing."


def fans_standing(parts: Parts) -> tuple[float, str] | None:
    """Fans that stand still while others turn; where none turns, cooling is by liquid."""
    fans = [one for one in parts.get("fans", ()) if one.get("rpm") is not None]
    still = [str(one["position"]) for one in fans if not one["rpm"]]
    if len(still) == len(fans):
        return None
    return float(len(still)), f"Fan {', '.join(still)} stands still." if still else "All fans turn."


def pools_dead(parts: Parts) -> tuple[float, str] | None:
    """Enabled pools that do not answer the miner."""
    pools = [one for one in parts.get("pools", ()) if one.get("enabled")]
    if not pools:
        return None
    dead = [one["url"] for one in pools if not one.get("alive")]
    words = f"{len(dead)} of {len(pools)} pools do not answer: {', '.join(dead)}."
    return float(len(dead)), words if dead else "Every pool answers."


def restricted(devices: Sequence[Seen], now: datetime) -> Iterable[Measured]:
    """1 for a miner that its licence holds back, else 0."""
    for one in devices:
        if one.is_fresh and "status" in one.summary:
            held = one.summary["status"] == MinerStatus.RESTRICTED
            note = "Its licence restricts it." if held else "Its licence does not restrict it."
            yield of(one, float(held), note)


def _count(name: str, title: str, summary: str, read: Read, severity: str = "warning") -> Rule:
    """A rule that counts what should be none."""
    usual = Thresholds(1, 1, 180, 120, severity)
    return Rule(name, "miner", title, summary, "", Side.ABOVE, usual, read, least=1, most=1_000)


PART_RULES: Final = (
    Rule(
        name="miners.chip.hot",
        kind="miner",
        title="too hot",
        summary="A miner's hottest chip is above the threshold.",
        unit="°C",
        side=Side.ABOVE,
        usual=Thresholds(90, 85, 120, 120, "critical"),
        read=from_summary("chip_c", "Its hottest chip is at {chip_c:.0f} °C."),
        least=20,
        most=150,
    ),
    _count(
        "miners.chip.missing",
        "with missing chips",
        "A board of a miner finds fewer chips than the fullest board of the same miner.",
        from_parts(chips_missing),
    ),
    _count(
        "miners.fan.still",
        "with a fan that stands still",
        "A fan of a mining miner does not turn while others do.",
        from_parts(fans_standing),
        "critical",
    ),
    _count(
        "miners.pool.dead",
        "with a dead pool",
        "An enabled pool does not answer a mining miner.",
        from_parts(pools_dead),
    ),
    _count(
        "miners.licence.restricted",
        "restricted by its licence",
        "A miner's firmware licence restricts how much it mines.",
        restricted,
    ),
)
