"""How often controls changed: stored changes counted by what, by whom or by when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncHour, TruncMinute

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.qsys.models import Control, ControlEvent
from apps.qsys.selectors import present
from apps.qsys.selectors.choosing import EVERYTHING, Which, chosen

MOST_GROUPS: Final = 10_000


class GroupBy(StrEnum):
    """What the changes of one group have in common."""

    CONTROL = "control"
    COMPONENT = "component"
    CAUSE = "cause"
    ACTOR = "actor"
    MINUTE = "minute"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class Group:
    """Changes that belong together; `key` is the name, the label or the start of the span."""

    key: str
    changes: int
    first: datetime
    last: datetime


def grouped(
    actor: Actor,
    device: Device,
    by: GroupBy,
    which: Which = EVERYTHING,
    *,
    control: Control | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[Group]:
    """Groups of a device's changes, the largest first; minutes and hours newest first."""
    seen = present.core_device(actor, device.id)
    rows = chosen(seen, which, control=control, since=since, until=until)
    wanted = max(1, min(limit, MOST_GROUPS))
    if by in (GroupBy.MINUTE, GroupBy.HOUR):
        return _by_time(rows, by)[:wanted]
    if by in (GroupBy.CONTROL, GroupBy.COMPONENT):
        return _largest(_by_name(rows, by))[:wanted]
    return _largest([_group(row[by.value], row) for row in _counted(rows, by.value)])[:wanted]


def _by_time(rows: QuerySet[ControlEvent], by: GroupBy) -> list[Group]:
    span = TruncMinute("at") if by is GroupBy.MINUTE else TruncHour("at")
    found = _counted(rows.annotate(span=span), "span")
    newest = sorted(found, key=lambda row: row["span"], reverse=True)
    return [_group(row["span"].isoformat(), row) for row in newest]


def _by_name(rows: QuerySet[ControlEvent], by: GroupBy) -> list[Group]:
    """Counted by number, then named: names are not in the rows."""
    found = _counted(rows, "control_id")
    names = Control.system.in_bulk([row["control_id"] for row in found])
    groups: dict[str, Group] = {}
    for row in found:
        control = names.get(row["control_id"])
        if control is None:
            continue
        key = str(control) if by is GroupBy.CONTROL else control.component
        held, new = groups.get(key), _group(key, row)
        groups[key] = new if held is None else _joined(held, new)
    return list(groups.values())


def _joined(one: Group, other: Group) -> Group:
    return Group(
        one.key,
        one.changes + other.changes,
        min(one.first, other.first),
        max(one.last, other.last),
    )


def _counted(rows: QuerySet[ControlEvent, Any], column: str) -> list[dict[str, Any]]:
    found = rows.values(column).annotate(changes=Count("*"), first=Min("at"), last=Max("at"))
    return list(found)


def _group(key: str, row: dict[str, Any]) -> Group:
    return Group(key, row["changes"], row["first"], row["last"])


def _largest(groups: list[Group]) -> list[Group]:
    return sorted(groups, key=lambda one: (-one.changes, one.key))
