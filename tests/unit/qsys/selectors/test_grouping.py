"""Changes are chosen by names, causes and people, and counted by what they have in common."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.qsys import selectors
from apps.qsys.models import Cause, Control
from apps.qsys.selectors import GroupBy, Which
from apps.qsys.telemetry import Batch, Origin, Place
from apps.qsys.telemetry.store import moment, store
from tests.support import factories
from tests.unit.qsys.telemetry.made import change, now_us

#: The start of an hour that lies wholly in the past.
HOUR = (now_us() // 3_600_000_000 - 1) * 3_600_000_000
MINUTE = 60_000_000

#: (component, control, minute, cause, actor)
CHANGES = (
    ("Bar", "gain", 0, Cause.OPERATION, "olga"),
    ("Bar", "gain", 0, Cause.OPERATION, "olga"),
    ("Bar", "mute", 1, Cause.DEVICE, ""),
    ("Hall", "gain", 1, Cause.SCHEDULE, "night"),
    ("Hall", "gain", 61, Cause.DEVICE, ""),
    ("Hall", "gain", 61, Cause.DEVICE, ""),
)


@pytest.fixture
def device(db: None) -> Device:
    device = factories.device(site_path="/plant/hall-a/")
    place = Place(device.tenant_id, device.id, device.site_path)
    rows = []
    for number, (component, name, minute, cause, actor) in enumerate(CHANGES):
        one, _ = Control.system.get_or_create(device=device, component=component, name=name)
        when = HOUR + minute * MINUTE + number
        rows.append(change(one.id, place=place, at_us=when, origin=Origin(cause.value, actor)))
    store(Batch(changes=rows), [])
    return device


@pytest.fixture
def viewer(device: Device) -> Actor:
    return factories.actor_of("viewer", device.tenant)


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        (GroupBy.CONTROL, [("Hall / gain", 3), ("Bar / gain", 2), ("Bar / mute", 1)]),
        (GroupBy.COMPONENT, [("Bar", 3), ("Hall", 3)]),
        (GroupBy.CAUSE, [("device", 3), ("operation", 2), ("schedule", 1)]),
        (GroupBy.ACTOR, [("", 3), ("olga", 2), ("night", 1)]),
        (GroupBy.HOUR, [(moment(HOUR + 60 * MINUTE), 2), (moment(HOUR), 4)]),
        (
            GroupBy.MINUTE,
            [(moment(HOUR + m * MINUTE), count) for m, count in ((61, 2), (1, 2), (0, 2))],
        ),
    ],
)
def test_changes_are_counted_by_what_they_share(
    device: Device, viewer: Actor, by: GroupBy, groups: Sequence[tuple[object, int]]
) -> None:
    found = selectors.grouped(viewer, device, by)
    expected = [(key if isinstance(key, str) else key.isoformat(), n) for key, n in groups]  # type: ignore[attr-defined]
    assert [(one.key, one.changes) for one in found] == expected
    assert all(one.first <= one.last for one in found)


@pytest.mark.parametrize(
    ("which", "count"),
    [
        (Which(components=("B*",)), 3),
        (Which(components=("Hall", "Nobody"), controls=("g?in",)), 3),
        (Which(controls=("mute",)), 1),
        (Which(components=("*",)), 6),
        (Which(components=("Nobody",)), 0),
        (Which(causes=("operation", "schedule")), 3),
        (Which(actor="olga"), 2),
        (Which(components=("Hall",), causes=("device",)), 2),
    ],
)
def test_changes_are_chosen_by_names_causes_and_people(
    device: Device, viewer: Actor, which: Which, count: int
) -> None:
    assert len(selectors.changes(viewer, device, which).changes) == count
    assert sum(one.changes for one in selectors.grouped(viewer, device, GroupBy.CAUSE, which)) == (
        count
    )


def test_groups_are_of_the_span_asked_for_and_as_many(device: Device, viewer: Actor) -> None:
    since, until = moment(HOUR + MINUTE), moment(HOUR + 60 * MINUTE)
    found = selectors.grouped(viewer, device, GroupBy.COMPONENT, since=since, until=until)
    assert [(one.key, one.changes) for one in found] == [("Bar", 1), ("Hall", 1)]
    (largest,) = selectors.grouped(viewer, device, GroupBy.CONTROL, limit=1)
    assert largest.key == "Hall / gain"


def test_groups_of_somebody_elses_core_are_not_there(device: Device) -> None:
    with pytest.raises(Failure):
        selectors.grouped(factories.actor_of("admin"), device, GroupBy.CAUSE)
