"""The demo design has exactly the asked size and the names that trip clients up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.qsys.simulator import Core, demo_design


@settings(max_examples=30)
@given(st.integers(6, 3000), st.integers(0, 200))
def test_the_number_of_controls_is_exact(controls: int, meters: int) -> None:
    if controls < meters + 6:
        return
    design = demo_design(controls, meters)
    names = [one.name for component in design.components for one in component.controls]
    assert design.size == controls
    assert sum(name.startswith("meter.") for name in names) == meters


def test_fifty_thousand_controls_are_possible() -> None:
    core = Core(demo_design(50_000, 1000))
    assert sum(len(one.controls) for one in core.exposed()) == 50_000


def test_names_of_components_and_controls_are_unique() -> None:
    design = demo_design()
    components = [one.name for one in design.components]
    assert len(set(components)) == len(components)
    for component in design.components:
        names = [one.name for one in component.controls]
        assert len(set(names)) == len(names), component.name


def test_the_lobby_gain_is_as_documented() -> None:
    core = Core(demo_design(6, 0))
    gain = core.control("Lobby Gain", "gain")
    assert (gain.spec.type, gain.spec.minimum, gain.spec.maximum) == ("Float", -100, 20)
    assert {"mute", "bypass"} <= set(core.components["Lobby Gain"].controls)
    assert core.named["LobbyGain"] is gain


def test_odd_names_are_there() -> None:
    names = "".join(one.name for one in demo_design().components)
    assert all(mark in names for mark in (" ", ".", "/", "é", "会"))


@pytest.mark.parametrize(("controls", "meters"), [(5, 0), (100, 95), (1000, -1)])
def test_a_design_without_room_is_refused(controls: int, meters: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        demo_design(controls, meters)


def test_initial_values_lie_in_their_ranges() -> None:
    for component in demo_design().components:
        for control in component.controls:
            assert control.minimum <= control.value <= control.maximum, control.name
