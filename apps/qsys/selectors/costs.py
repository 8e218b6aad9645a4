"""What watches cost: controls polled, values a second, change groups, and storage a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Count, Sum

from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.qsys.links import group_budget
from apps.qsys.models import ControlEvent, TelemetrySecond, Watch
from apps.qsys.poller.plan import MOST_GROUPS, Found, Rule, compile_plan
from apps.qsys.selectors import present

#: Bytes of a sample in a packed frame (the most that we promise), of a control's figures of one
#: second, and of a change as a row, the last two with their index entries.
SAMPLE_BYTES: Final = 8
SECOND_BYTES: Final = 110
EVENT_BYTES: Final = 250
DAY: Final = timedelta(days=1)
#: How far back is looked to tell how much the controls move.
RECENT: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Draft:
    """A watch, stored or not yet."""

    name: str
    rule: Rule
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Cost:
    """One watch. `serves` are the controls that no faster watch takes.

    `most` is bytes a day while each of its meters moves at every poll, `likely` as its controls
    moved lately; both without what other watches store.
    """

    draft: Draft
    matches: int
    serves: int
    meters: int
    most: int
    likely: int

    @property
    def values(self) -> float:
        """Values that are asked for in a second."""
        return self.serves * self.draft.rule.rate_hz


@dataclass(frozen=True, slots=True)
class Costs:
    """All watches of a Core. `groups` are needed, of `groups_most` on a connection and of the
    `budget` that we may hold on the Core; `left_out` controls have no room."""

    watches: list[Cost]
    groups: int
    groups_most: int
    budget: int
    left_out: int


def draft_of(row: Watch) -> Draft:
    """A stored watch."""
    rule = Rule(
        row.component,
        tuple(row.controls),
        row.rate_hz,
        row.deadband,
        row.every_tick,
        row.storage,
    )
    return Draft(row.name, rule, row.enabled)


def costs(actor: Actor, device: Device, drafts: Sequence[Draft]) -> Costs:
    """What these watches cost on a Core, by its dictionary and by how it moved lately."""
    found = _found(actor, device)
    in_force = [one.rule for one in drafts if one.enabled]
    plan = compile_plan(in_force, found)
    taken = {path: rule for group in plan.groups for path, rule in group.members.items()}
    lately = _lately(device, found.values())
    return Costs(
        watches=[_cost(one, found, taken, lately) for one in drafts],
        groups=len(plan.groups),
        groups_most=MOST_GROUPS,
        budget=group_budget(),
        left_out=plan.left_out,
    )


def _found(actor: Actor, device: Device) -> dict[Found, int]:
    """The controls of the running design, with their numbers."""
    rows = present.controls(actor, device).order_by("component", "name")
    columns = rows.values_list("component", "name", "type", "direction", "id")
    return {Found(*row[:4]): row[4] for row in columns}


def _cost(
    draft: Draft,
    found: dict[Found, int],
    taken: dict[tuple[str, str], Rule],
    lately: dict[int, float],
) -> Cost:
    matching = [one for one in found if one.readable and draft.rule.matches(one)]
    served = [one for one in matching if draft.enabled and taken.get(one.path) is draft.rule]
    meters = [one for one in served if draft.rule.telemetry(one)]
    samples = len(meters) * draft.rule.rate_hz * SAMPLE_BYTES
    return Cost(
        draft=draft,
        matches=len(matching),
        serves=len(served),
        meters=len(meters),
        most=round((samples + len(meters) * SECOND_BYTES) * DAY.total_seconds()),
        likely=round(sum(lately.get(found[one], 0.0) for one in served)),
    )


def _lately(device: Device, ids: Iterable[int]) -> dict[int, float]:
    """Bytes a day of each control as it moved lately; those at rest are left out."""
    since = clock.now() - RECENT
    days = DAY / RECENT
    seconds = (
        TelemetrySecond.objects.filter(control_id__in=list(ids), at__gte=since)
        .values_list("control_id")
        .annotate(all=Sum("samples"), rows=Count("*"))
    )
    lately = {
        control: (samples * SAMPLE_BYTES + rows * SECOND_BYTES) * days
        for control, samples, rows in seconds
    }
    events = (
        ControlEvent.objects.filter(device_id=device.id, at__gte=since)
        .values_list("control_id")
        .annotate(rows=Count("*"))
    )
    for control, changes in events:
        lately[control] = lately.get(control, 0.0) + changes * EVENT_BYTES * days
    return lately
