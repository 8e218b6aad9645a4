"""Strings and positions follow from values as documented, and back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.qsys.simulator import kinds
from apps.qsys.simulator.rendering import clamp, float32, from_position, parse, position, render
from apps.qsys.simulator.spec import ControlSpec

GAIN = kinds.level("gain")
MUTE = kinds.mute()
COUNT = ControlSpec("dim.timeout", "Integer", 0, 3600, 300)
TIME = ControlSpec("elapsed", "Float", 0, 86400, unit="time")
STATUS = kinds.status()
numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)


@pytest.mark.parametrize(
    ("spec", "value", "string"),
    [
        (GAIN, -10, "-10.0dB"),
        (GAIN, -42.09999847, "-42.1dB"),
        (MUTE, 0, "unmuted"),
        (MUTE, 1, "muted"),
        (kinds.switch("invert", "normal", "inverted"), 0, "normal"),
        (COUNT, 300, "300"),
        (TIME, 83, "00:01:23"),
        (STATUS, 2, "Fault"),
        (ControlSpec("float.1", "Float", 0, 100), 1.5, "1.50"),
    ],
)
def test_values_read_as_an_operator_expects(spec: ControlSpec, value: float, string: str) -> None:
    assert render(spec, value) == string


@pytest.mark.parametrize(("value", "where"), [(-100, 0), (20, 1), (-10, 0.75), (-42.1, 0.4825)])
def test_a_gain_is_linear_in_its_range(value: float, where: float) -> None:
    assert position(GAIN, value) == pytest.approx(where, abs=1e-6)


@pytest.mark.parametrize("spec", [kinds.text("t"), kinds.trigger("p"), ControlSpec("x", maximum=0)])
def test_what_has_no_range_has_position_zero(spec: ControlSpec) -> None:
    assert position(spec, 1) == 0


def test_single_precision_leaves_its_noise() -> None:
    assert float32(-42.1) == -42.09999847


@given(numbers)
def test_clamping_ends_inside_and_stays(value: float) -> None:
    inside = clamp(GAIN, value)
    assert -100 <= inside <= 20
    assert clamp(GAIN, inside) == inside
    if -100 <= value <= 20:
        assert inside == pytest.approx(value, abs=1e-4)


@given(numbers)
def test_a_boolean_is_true_from_one_half(value: float) -> None:
    assert clamp(MUTE, value) == (1.0 if value >= 0.5 else 0.0)


@given(numbers)
def test_an_integer_is_whole(value: float) -> None:
    assert clamp(COUNT, value).is_integer()


@given(st.floats(0, 1))
def test_a_position_survives_the_way_to_the_value_and_back(where: float) -> None:
    value = clamp(GAIN, from_position(GAIN, where))
    assert position(GAIN, value) == pytest.approx(where, abs=1e-6)


@given(numbers)
def test_positions_outside_are_clamped(where: float) -> None:
    assert -100 <= from_position(GAIN, where) <= 20


@given(st.floats(-100, 20))
def test_a_rendered_gain_parses_to_within_its_rounding(value: float) -> None:
    assert parse(GAIN, render(GAIN, value)) == pytest.approx(value, abs=0.051)


@given(st.integers(0, 86399))
def test_a_rendered_time_parses_exactly(seconds: int) -> None:
    assert parse(TIME, render(TIME, seconds)) == seconds


@pytest.mark.parametrize(
    ("spec", "text", "value"),
    [
        (MUTE, "MUTED", 1),
        (MUTE, "false", 0),
        (MUTE, "1", 1),
        (GAIN, " -3 ", -3),
        (GAIN, "-3dB", -3),
        (STATUS, "missing", 4),
    ],
)
def test_strings_are_understood(spec: ControlSpec, text: str, value: float) -> None:
    assert parse(spec, text) == value


@pytest.mark.parametrize("text", ["loud", "", "nan", "inf", "1:2"])
def test_what_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(GAIN, text)


@given(st.text(max_size=12))
def test_any_text_is_a_finite_number_or_refused(text: str) -> None:
    try:
        value = parse(GAIN, text)
    except ValueError:
        return
    assert math.isfinite(value)
