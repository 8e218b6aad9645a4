"""When a schedule is next due: cron expressions in the schedule's own time zone."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from apps.kernel.errors import invalid, nearest


def check_cron(cron: str) -> None:
    """Raises `invalid` unless `cron` is a five-field expression."""
    try:
        CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise invalid(
            "cron",
            f"{cron[:100]!r} is not a cron expression ({error}).",
            allowed="minute hour day-of-month month day-of-week, for example '30 6 * * *'",
        ) from None


def check_zone(name: str) -> None:
    """Raises `invalid` unless `name` is an IANA time zone."""
    if name not in available_timezones():
        guess = nearest(name, available_timezones())
        hint = f" Did you mean {guess!r}?" if guess else ""
        raise invalid("time_zone", f"{name[:64]!r} is not an IANA time zone.{hint}")


def next_runs(cron: str, zone: str, after: datetime, count: int = 5) -> list[datetime]:
    """The next `count` due instants after `after`, in UTC.

    Daylight saving follows Debian's cron: a time that is skipped runs right after the gap, a
    time that comes twice runs once.
    """
    moments = CronSim(cron, after.astimezone(ZoneInfo(zone)))
    found: list[datetime] = []
    for moment in moments:
        found.append(moment.astimezone(UTC))
        if len(found) == count:
            break
    return found


def next_run(cron: str, zone: str, after: datetime, jitter_seconds: int = 0) -> datetime | None:
    """The next due instant, moved by a random part of the jitter; None when there is none."""
    runs = next_runs(cron, zone, after, 1)
    if not runs:
        return None
    return runs[0] + timedelta(seconds=random.uniform(0, jitter_seconds))  # noqa: S311 - spread
