"""One poll becomes changes, samples, last values and a frame, each only where it should."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from apps.kernel import clock
from apps.kernel.ids import new_id
from apps.qsys.client import Change, Poll
from apps.qsys.models import Cause
from apps.qsys.poller.intake import Intake
from apps.qsys.poller.live import MOST, QUIET
from apps.qsys.poller.plan import Path
from apps.qsys.poller.slots import Slot
from apps.qsys.telemetry import Buffer, Place

SECOND = 1_000_000_000


class World:
    """An intake with two controls and a meter; polls a tenth of a second apart."""

    def __init__(self) -> None:
        self.buffer = Buffer()
        self.intake = Intake(Place(new_id(), new_id(), "/plant/"), self.buffer)
        self.gain = Slot(1, "Lobby Gain", "gain")
        self.mute = Slot(2, "Lobby Gain", "mute", boolean=True)
        self.meter = Slot(3, "Meters 1", "meter.1", telemetry=True)
        self.named = Slot(4, "", "Night")
        slots = (self.gain, self.mute, self.meter, self.named)
        self.slots: dict[Path, Slot] = {(one.component, one.name): one for one in slots}
        self.now_ns = 1_700_000_000 * SECOND

    def poll(self, *changes: Change, first: bool = False) -> None:
        self.now_ns += SECOND // 10
        ticking = [one for one in self.slots.values() if one.every_tick]
        poll = Poll("g", list(changes), self.now_ns, 1)
        self.intake.take(poll, self.slots, ticking, "code", first=first)


def gain(value: float) -> Change:
    return Change("gain", "Lobby Gain", value, f"{value:g}dB", (value + 100) / 120)


def mute(value: bool | float) -> Change:
    return Change("mute", "Lobby Gain", value, "muted" if value else "unmuted", float(value))


def meter(value: float) -> Change:
    return Change("meter.1", "Meters 1", value, f"{value:g}dB", None)


@pytest.fixture
def world() -> World:
    return World()


def test_the_first_sight_then_a_change(world: World) -> None:
    world.poll(gain(-20), mute(False), first=True)
    world.poll(gain(-6))
    first, muted, change = world.buffer.take().changes
    assert (first.origin.cause, muted.origin.cause) == (Cause.FIRST, Cause.FIRST)
    assert (change.origin.cause, change.previous, change.number) == (Cause.DEVICE, -20, -6)
    assert (change.previous_string, change.string) == ("-20dB", "-6dB")
    assert change.at_us == world.now_ns // 1000


def test_a_full_poll_after_a_gap_tells_only_what_is_new(world: World) -> None:
    world.poll(gain(-20), mute(False), first=True)
    world.buffer.take()
    world.poll(gain(-20), mute(True), first=True)
    (change,) = world.buffer.take().changes
    assert (change.control, change.origin.cause) == ("mute", Cause.AWAY)
    assert change.scalar(change.number, change.string) is True
    assert change.scalar(change.previous, change.previous_string) is False


def test_ones_and_truths_are_the_same_value(world: World) -> None:
    world.poll(mute(True), first=True)
    world.poll(Change("mute", "Lobby Gain", 1, "muted", 1.0))
    assert len(world.buffer.take().changes) == 1


def test_a_named_control_has_no_component(world: World) -> None:
    world.poll(Change("Night", None, "Night", "Night"), first=True)
    (change,) = world.buffer.take().changes
    assert (change.component, change.control, change.number) == ("", "Night", None)


def test_what_was_not_asked_for_is_counted(world: World) -> None:
    world.poll(Change("gain", "Elsewhere", 1.0, "1"))
    assert world.intake.strangers == 1
    assert not world.buffer.take()


def test_meters_become_samples_of_their_second(world: World) -> None:
    for value in range(12):
        world.poll(meter(float(value)))
    world.intake.flush_samples()
    batch = world.buffer.take()
    assert batch.changes == []
    assert [list(one.values) for one in batch.samples] == [
        [float(n) for n in range(9)],
        [9.0, 10.0, 11.0],
    ]
    assert list(batch.samples[0].offsets) == [n * 100 for n in range(1, 10)]


def test_a_meter_that_stands_still_is_sampled_only_if_every_tick_is_wanted(world: World) -> None:
    world.poll(meter(1.0))
    world.poll()
    world.poll(meter(1.0), first=True)
    world.intake.flush_samples()
    assert [len(one) for one in world.buffer.take().samples] == [1]
    world.meter.every_tick = True
    world.poll()
    world.poll(meter(2.0))
    world.intake.flush_samples()
    assert [list(one.values) for one in world.buffer.take().samples] == [[1.0, 2.0]]


def test_a_meter_without_a_number_is_an_event(world: World) -> None:
    world.poll(Change("meter.1", "Meters 1", None, "no signal"))
    (change,) = world.buffer.take().changes
    assert change.string == "no signal"


def test_the_last_value_is_kept_even_inside_the_deadband(world: World) -> None:
    world.gain.deadband = 3.0
    world.poll(gain(-20), first=True)
    world.poll(gain(-19))
    world.intake.flush_values()
    batch = world.buffer.take()
    assert len(batch.changes) == 1
    assert [(one.control_id, one.number) for one in batch.values] == [(1, -19)]


def test_an_unchanged_value_keeps_its_time(world: World) -> None:
    world.poll(gain(-20), first=True)
    world.intake.flush_values()
    world.buffer.take()
    world.poll(gain(-20), first=True)
    world.intake.flush_values()
    assert world.buffer.take().values == []


def test_times_of_a_device_only_grow(world: World) -> None:
    world.poll(gain(-20), first=True)
    world.now_ns -= 5 * SECOND
    world.poll(gain(-6))
    world.poll(gain(-7))
    times = [one.at_us for one in world.buffer.take().changes]
    assert times == sorted(set(times))


def test_a_frame_has_the_newest_value_of_what_changed(world: World) -> None:
    world.poll(gain(-20), mute(True), first=True)
    world.poll(gain(-6))
    frame = world.intake.live.frame()
    assert frame is not None
    values = {one.id: (one.value, one.string) for one in frame.values["controls"]}
    assert values == {1: (-6, "-6dB"), 2: (True, "muted")}
    assert world.intake.live.frame() is None


def test_a_core_that_answers_and_has_nothing_new_is_told_now_and_then(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 100.0
    monkeypatch.setattr(clock, "monotonic", lambda: seconds)
    live, heard = world.intake.live, datetime(2026, 9, 1, 20, 14, tzinfo=UTC)
    first = live.frame(heard)
    assert first is not None
    assert first.values == {"at": heard.isoformat(), "controls": []}
    seconds += QUIET - 0.1
    assert live.frame(heard) is None
    seconds += 0.1
    assert live.frame(None) is None, "nobody answers"
    assert live.frame(heard) is not None


def test_a_large_change_is_spread_over_frames(world: World) -> None:
    for number in range(MOST + 7):
        slot = Slot(100 + number, "Mixer", f"gain.{number}", seen=(1.0, "1", None))
        world.intake.live.put([slot])
    first, second = world.intake.live.frame(), world.intake.live.frame()
    assert first is not None
    assert second is not None
    assert (len(first.values["controls"]), len(second.values["controls"])) == (MOST, 7)
