"""A control ramps, swings and tells its watchers, all by the Core's clock."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.qsys.simulator import Core, demo_design, kinds
from apps.qsys.simulator.control import RAMP_TICK, Control
from apps.qsys.simulator.groups import Group
from apps.qsys.simulator.spec import ControlSpec


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def core(clock: Hands) -> Core:
    return Core(demo_design(200, 2), clock=clock)


def test_a_ramp_is_linear_in_the_unit_and_ends_exactly(core: Core, clock: Hands) -> None:
    gain = core.control("Lobby Gain", "gain")
    core.move(gain, 0.0, ramp=4.0)
    seen = []
    for _ in range(5):
        core.advance()
        seen.append(gain.value)
        clock.now += 1.0
    assert seen == [-20, -15, -10, -5, 0]
    assert gain.ramp is None
    assert not core.moving


def test_a_ramp_moves_in_ticks(core: Core, clock: Hands) -> None:
    gain = core.control("Lobby Gain", "gain")
    core.move(gain, 0.0, ramp=2.0)
    clock.now += RAMP_TICK * 0.9
    core.advance()
    assert gain.value == -20
    clock.now += RAMP_TICK * 0.2
    core.advance()
    assert gain.value == pytest.approx(-20 + 20 * RAMP_TICK / 2, abs=1e-4)


def test_a_new_set_replaces_a_ramp(core: Core, clock: Hands) -> None:
    gain = core.control("Lobby Gain", "gain")
    core.move(gain, 20.0, ramp=10.0)
    clock.now += 1
    core.advance()
    core.move(gain, -50.0)
    clock.now += 20
    core.advance()
    assert gain.value == -50


def test_a_ramp_ends_at_the_clamped_target(core: Core, clock: Hands) -> None:
    gain = core.control("Lobby Gain", "gain")
    core.move(gain, 500.0, ramp=1.0)
    clock.now += 0.5
    core.advance()
    assert gain.value == 0.0
    clock.now += 1
    core.advance()
    assert gain.value == 20.0


@given(st.floats(-100, 20), st.floats(0.05, 60), st.floats(0, 1))
def test_a_ramp_stays_between_its_ends(target: float, duration: float, share: float) -> None:
    hands = Hands()
    core = Core(demo_design(200, 2), clock=hands)
    gain = core.control("Lobby Gain", "gain")
    core.move(gain, target, ramp=duration)
    hands.now += duration * share
    core.advance()
    assert min(-20.0, target) - 1e-4 <= gain.value <= max(-20.0, target) + 1e-4


def test_a_meter_differs_at_every_look_and_stays_in_range(core: Core, clock: Hands) -> None:
    meter = core.control("Meters 1", "meter.1")
    seen = []
    for _ in range(200):
        clock.now += 0.03
        core.look(meter)
        seen.append(meter.value)
    assert all(one != other for one, other in itertools.pairwise(seen))
    assert all(-120 <= one <= 20 for one in seen)


def test_setting_the_same_value_is_no_change() -> None:
    control = Control("Gain", kinds.level("gain", -6.0), numbers=False)
    group = Group("g")
    group.add(control)
    group.poll(0)
    control.settle(-6.0)
    assert bytes(group.poll(0)) == b"[]"
    control.settle(-7.0)
    assert len(msgspec.json.decode(group.poll(0))) == 1


def test_booleans_are_true_or_one_as_the_component_likes() -> None:
    spec = kinds.mute()
    assert Control("A", spec, numbers=False).rendered().value is False
    number = Control("A", spec, numbers=True).rendered().value
    assert number == 0
    assert number is not False


def test_a_text_shows_its_content_and_no_range() -> None:
    control = Control("A", ControlSpec("t", "Text", text="hello", choices=("a",)), numbers=False)
    shown = control.rendered()
    assert (shown.string, shown.value, shown.position, shown.string_max) == ("hello", 0, 0, "")
    assert shown.choices == ("a",)


def test_the_encoded_state_is_kept_until_the_control_changes() -> None:
    control = Control("A", kinds.level("gain"), numbers=False)
    first = control.encoded()
    assert control.encoded() is first
    control.settle(-1)
    assert b"-1.0dB" in control.encoded()
