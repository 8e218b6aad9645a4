"""A chart gets as many points as it has room for, from the finest source that is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.qsys import selectors
from apps.qsys.models import FRAMES, Control
from apps.qsys.selectors import Source
from apps.qsys.telemetry import Batch, Place, Samples
from apps.qsys.telemetry.store import moment, store
from tests.support import factories
from tests.unit.qsys.telemetry.made import change, now_us

#: A whole second, an hour ago.
SECOND = now_us() // 1_000_000 - 3_600


@pytest.fixture
def device(db: None) -> Device:
    return factories.device()


@pytest.fixture
def viewer(device: Device) -> Actor:
    return factories.actor_of("viewer", device.tenant)


@pytest.fixture
def meter(device: Device) -> Control:
    """A meter that rose from 0 by 0.1 each tenth of a second, for twenty seconds."""
    control = Control.system.create(device=device, component="M", name="meter.1", telemetry=True)
    other = Control.system.create(device=device, component="M", name="meter.2", telemetry=True)
    frames = []
    for second in range(20):
        samples = Samples(device.id, SECOND + second)
        for tenth in range(10):
            samples.add(control.id, tenth * 100, second + tenth / 10)
            samples.add(other.id, tenth * 100, 1_000.0)
        frames.append(samples)
    store(Batch(samples=frames), [])
    return control


def at(seconds: float) -> datetime:
    return moment(int((SECOND + seconds) * 1_000_000))


def test_a_short_span_is_drawn_from_raw_samples(viewer: Actor, meter: Control) -> None:
    found = selectors.series(viewer, meter.id, at(2), at(4), points=20)
    assert (found.source, found.step) == (Source.FRAMES, 0.1)
    assert [point.last for point in found.points] == pytest.approx([2 + n / 10 for n in range(20)])
    assert [point.at for point in found.points] == [at(2 + n / 10) for n in range(20)]
    assert found.before == pytest.approx(1.9)


def test_a_span_may_begin_within_a_second(viewer: Actor, meter: Control) -> None:
    found = selectors.series(viewer, meter.id, at(2.55), at(3.15), points=100)
    assert [point.last for point in found.points] == pytest.approx([2.6, 2.7, 2.8, 2.9, 3.0, 3.1])


def test_a_longer_span_is_drawn_from_figures_a_second(viewer: Actor, meter: Control) -> None:
    found = selectors.series(viewer, meter.id, at(0), at(20), points=4)
    assert (found.source, found.step) == (Source.SECONDS, 5.0)
    assert [point.samples for point in found.points] == [50] * 4
    assert [point.minimum for point in found.points] == pytest.approx([0, 5, 10, 15])
    assert [point.maximum for point in found.points] == pytest.approx([4.9, 9.9, 14.9, 19.9])
    assert [point.mean for point in found.points] == pytest.approx([2.45, 7.45, 12.45, 17.45])
    assert [point.last for point in found.points] == pytest.approx([4.9, 9.9, 14.9, 19.9])


def test_old_spans_have_no_raw_samples_any_more(viewer: Actor, meter: Control) -> None:
    later = clock.ManualClock(clock.now() + timedelta(days=FRAMES.keep_days))
    with clock.using(later):
        found = selectors.series(viewer, meter.id, at(2), at(4), points=20)
    assert (found.source, found.step) == (Source.SECONDS, 1.0)
    assert [point.last for point in found.points] == pytest.approx([2.9, 3.9])


def test_a_control_is_drawn_from_its_changes(device: Device, viewer: Actor) -> None:
    gain = Control.system.create(device=device, component="Lobby Gain", name="gain")
    place = Place(device.tenant_id, device.id, device.site_path)
    rows = [(0, -20.0), (10, -6.0), (11, -3.0), (50, -9.0)]
    changes = [
        change(gain.id, place=place, at_us=(SECOND + second) * 1_000_000, number=value)
        for second, value in rows
    ]
    store(Batch(changes=changes), [])
    found = selectors.series(viewer, gain.id, at(5), at(65), points=6)
    assert (found.source, found.step, found.before) == (Source.EVENTS, 10.0, -20.0)
    assert [(point.at, point.samples, point.last) for point in found.points] == [
        (at(5), 2, -3.0),
        (at(45), 1, -9.0),
    ]
    assert (found.points[0].minimum, found.points[0].maximum) == (-6.0, -3.0)


def test_there_are_never_more_points_than_asked_for(viewer: Actor, meter: Control) -> None:
    for points in (1, 3, 7, 13):
        for span in (1, 7, 20):
            found = selectors.series(viewer, meter.id, at(0), at(span), points=points)
            assert 1 <= len(found.points) <= points
            assert sum(point.samples for point in found.points) == span * 10


def test_an_empty_span_has_no_points(viewer: Actor, meter: Control) -> None:
    found = selectors.series(viewer, meter.id, at(-60), at(-30))
    assert (found.points, found.before) == ([], None)


def test_a_span_runs_forward_and_belongs_to_who_asks(viewer: Actor, meter: Control) -> None:
    with pytest.raises(Failure, match="later than from"):
        selectors.series(viewer, meter.id, at(4), at(4))
    with pytest.raises(Failure, match="no control"):
        selectors.series(factories.actor_of("admin"), meter.id, at(0), at(4))
