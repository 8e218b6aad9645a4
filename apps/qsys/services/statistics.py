"""The figures of Cores over a range, as callers ask for them; answered from counts alone."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.errors import invalid
from apps.operations.context import Context
from apps.qsys.models import CORE_TALLIES
from apps.qsys.schemas.statistics import (
    QsysCoreStatisticsIn,
    QsysCoreStatisticsOut,
    QsysStatisticsCore,
    QsysStatisticsFigures,
    QsysStatisticsTalker,
)
from apps.qsys.selectors import core_device
from apps.qsys.statistics import selectors
from apps.qsys.statistics.counting import bin_of

#: How far back figures reach where nothing else is said.
RECENT: Final = timedelta(days=1)
LONGEST: Final = timedelta(days=CORE_TALLIES.keep_days)


def core_statistics(ctx: Context, data: QsysCoreStatisticsIn) -> QsysCoreStatisticsOut:
    """Counts, rates, top talkers and presence of Cores; raises `invalid` for an odd range."""
    until = data.until or clock.now()
    since = bin_of(data.since or until - RECENT)
    if not since < until:
        raise invalid("since", "has to be earlier than until.")
    if until - since > LONGEST:
        raise invalid("since", f"is more than {LONGEST.days} days before until; counts end there.")
    named = core_device(ctx.actor, data.device) if data.device else None
    devices = selectors.devices_of(ctx.actor, named, data.site)
    counted = selectors.counted_until(devices)
    seconds = max(1.0, (min(until, counted or since) - since).total_seconds())
    found = selectors.figures(devices, since, min(until, clock.now()))
    total: Counter[str] = Counter()
    for one in found:
        total.update(one.counts)
    return QsysCoreStatisticsOut(
        since=since,
        until=until,
        counted_until=counted,
        total=_figures(total, seconds),
        cores=[_core(one, seconds) for one in found[: data.limit]],
        talkers=_talkers(devices, since, until, data.talkers, seconds),
        more=len(found) > data.limit,
    )


def _core(one: selectors.CoreFigures, seconds: float) -> QsysStatisticsCore:
    return QsysStatisticsCore(
        device=one.device.id,
        device_name=one.device.name,
        site=one.device.site_path,
        figures=_figures(one.counts, seconds),
        known_seconds=one.known,
        up_seconds=one.up,
        uptime_percent=round(100 * one.up / one.known, 3) if one.known else None,
        flaps=one.flaps,
    )


def _figures(counts: Counter[str], seconds: float) -> QsysStatisticsFigures:
    return QsysStatisticsFigures(
        **{name: counts[name] for name in selectors.COUNTED},
        changes_per_second=round(counts["changes"] / seconds, 3),
        samples_per_second=round(counts["samples"] / seconds, 3),
    )


def _talkers(
    devices: list[Device], since: datetime, until: datetime, most: int, seconds: float
) -> list[QsysStatisticsTalker]:
    names = {one.id: one.name for one in devices}
    return [
        QsysStatisticsTalker(
            device=one.device_id,
            device_name=names[one.device_id],
            component=one.control.component or None if one.control else None,
            control=one.control.name if one.control else "",
            changes=one.changes,
            changes_per_minute=round(one.changes * 60 / seconds, 3),
        )
        for one in (selectors.talkers(devices, since, until, most) if most else [])
    ]
