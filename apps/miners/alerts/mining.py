"""What is worth an alert of how a miner mines, from what its poller keeps."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from apps.fleet.alerts.rules import Measured, Rule, Seen, Side, Thresholds, of
from apps.fleet.models import Circuit
from apps.kernel.cache import read_through

#: A day of samples, one an hour: the time of day and a bad hour weigh little in their median.
_USUAL: Final = """
SELECT wanted.id, percentile_cont(0.5) WITHIN GROUP (ORDER BY sample.terahash),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY sample.watts)
FROM unnest(%(ids)s::uuid[]) AS wanted (id)
CROSS JOIN generate_series(%(now)s - interval '24 hours', %(now)s - interval '1 hour',
    interval '1 hour') AS hour (at)
CROSS JOIN LATERAL (
    SELECT terahash, watts FROM miners_minersample AS one
    WHERE one.device_id = wanted.id AND one.at >= hour.at AND one.at < hour.at + interval '5 min'
        AND one.terahash > 0
    ORDER BY one.at LIMIT 1
) AS sample
GROUP BY wanted.id HAVING count(*) >= %(least)s
"""
#: Hours with a sample that a usual value needs.
HOURS_LEAST: Final = 3
#: A miner that was switched on has its 15-minute mean by then.
WARM_SECONDS: Final = 1_200
MINING: Final = "normal"

Usual = dict[str, tuple[float, float]]


def usual(tenant_id: UUID, ids: Sequence[UUID], now: datetime) -> Usual:
    """TH/s and watts that each miner had at most hours of the last day; asked for once an hour."""
    key = f"{tenant_id}:{now:%Y%m%d%H}:{len(ids)}"
    return read_through("usual", key, lambda: usual_now(ids, now))


def usual_now(ids: Sequence[UUID], now: datetime) -> Usual:
    """The same, asked now. Miners with too little history are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_USUAL, {"ids": list(ids), "now": now, "least": HOURS_LEAST})
        return {str(one): (float(rate), float(watts)) for one, rate, watts in cursor.fetchall()}


def hashrate_share(devices: Sequence[Seen], now: datetime) -> Iterable[Measured]:
    """Percent of the usual hash rate, in the mean of 15 minutes.

    A power target below the usual power explains as much of a drop, so that neither curtailment
    nor a new target raises anything. Miners that do not mean to mine are left out.
    """
    fit = [one for one in devices if one.is_fresh and is_warm(one)]
    if not fit:
        return
    known = usual(fit[0].tenant_id, [one.id for one in devices], now)
    for one in fit:
        if str(one.id) in known:
            rate, watts = known[str(one.id)]
            target = one.summary.get("power_target_watts") or watts
            expected = rate * min(1.0, target / watts) if watts else rate
            found = float(one.summary["terahash_15m"])
            note = f"{found:.1f} TH/s, usually {expected:.1f} TH/s."
            yield of(one, 100.0 * found / expected, note)


def is_warm(device: Seen) -> bool:
    """Whether it mines, and has for longer than its mean reaches back."""
    summary = device.summary
    uptime = summary.get("uptime_s") or 0
    return summary.get("status") == MINING and uptime >= WARM_SECONDS and "terahash_15m" in summary


def circuit_watts(devices: Sequence[Seen], now: datetime) -> Iterable[Measured]:
    """Watts of the miners on each circuit, against its own limit where it has one.

    With silent miners it is a part of the sum. A circuit that the last miner left draws nothing.
    """
    known = {one.name: one for one in Circuit.system.filter(tenant_id__in=_tenant(devices))}
    circuits: dict[str, list[Seen]] = {name: [] for name in known}
    for one in devices:
        if one.circuit:
            circuits.setdefault(one.circuit, []).append(one)
    for name, those in circuits.items():
        fresh = [one for one in those if one.is_fresh and "watts" in one.summary]
        watts = float(sum(one.summary["watts"] for one in fresh))
        circuit = known.get(name)
        note = f"{watts:.0f} W of {len(fresh)} of {len(those)} miners on circuit {name}."
        if circuit is not None:
            note = f"{note[:-1]}, which may draw {circuit.limit_watts} W."
        yield Measured(
            watts,
            now,
            f"Circuit {name}",
            shared_place([one.site_path for one in those]) if those else known[name].path,
            subject=name,
            note=note,
            partial=len(fresh) < len(those),
            limit=None if circuit is None else float(circuit.limit_watts),
        )


def _tenant(devices: Sequence[Seen]) -> list[UUID]:
    """Whose devices these are; empty of none."""
    return [one.tenant_id for one in devices[:1]]


def shared_place(paths: Sequence[str]) -> str:
    """The nearest place around all of these."""
    first, last = min(paths).split("/"), max(paths).split("/")
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return "/".join([*first[:same], ""]) if same < len(first) else min(paths)


MINING_RULES: Final = (
    Rule(
        name="miners.hashrate.low",
        kind="miner",
        title="with a low hash rate",
        summary="A miner's 15-minute hash rate is below its own median of the last day.",
        unit="%",
        side=Side.BELOW,
        usual=Thresholds(80, 90, 300, 300, "warning"),
        read=hashrate_share,
        least=1,
        most=100,
    ),
    Rule(
        name="miners.circuit.over",
        kind="miner",
        title="over its power",
        summary="The miners of a circuit draw more than its limit (fleet.circuit.save).",
        unit="W",
        side=Side.ABOVE,
        usual=Thresholds(1e7, 1e7, 60, 60, "critical"),
        read=circuit_watts,
        least=1,
        most=1e7,
    ),
)
