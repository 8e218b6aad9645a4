"""What counts as a change: outside the deadband around what was recorded, and only then."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.qsys.client import Change
from apps.qsys.poller.slots import LONGEST_TEXT, Known, Slot, clean, reading_of

NUMBERS = st.floats(-100, 20, allow_nan=False)


def slot(deadband: float = 0.0) -> Slot:
    return Slot(1, "Lobby Gain", "gain", deadband=deadband)


@given(st.lists(NUMBERS, min_size=1, max_size=60), st.floats(0.01, 10))
def test_the_record_is_never_further_off_than_the_deadband(
    values: list[float], deadband: float
) -> None:
    one = slot(deadband)
    for value in values:
        if one.differs(value, str(value)):
            one.recorded = (value, str(value), None)
        assert one.number is not None
        assert abs(one.number - value) <= deadband


@given(st.lists(NUMBERS, min_size=2, max_size=60), st.floats(0.01, 10))
def test_consecutive_records_are_further_apart_than_the_deadband(
    values: list[float], deadband: float
) -> None:
    one, records = slot(deadband), []
    for value in values:
        if one.differs(value, str(value)):
            one.recorded = (value, str(value), None)
            records.append(value)
    assert all(abs(b - a) > deadband for a, b in pairwise(records))


def test_the_first_reading_is_always_news() -> None:
    assert slot(deadband=50).differs(0.0, "0")


def test_without_a_deadband_equal_numbers_are_no_change_unless_their_words_differ() -> None:
    one = slot()
    one.recorded = (1.0, "on", 1.0)
    assert not one.differs(1.0, "on")
    assert one.differs(1.0, "An")
    assert one.differs(1.0000001, "on")


def test_text_changes_by_its_words() -> None:
    one = slot(deadband=5)
    one.recorded = (None, "Night", None)
    assert not one.differs(None, "Night")
    assert one.differs(None, "Day")
    assert one.differs(3.0, "Night")


@pytest.mark.parametrize(
    ("value", "string", "expected"),
    [
        (True, "muted", (1.0, "muted", 0.5)),
        (0, "unmuted", (0.0, "unmuted", 0.5)),
        (-42.09999847, "-42.1dB", (-42.09999847, "-42.1dB", 0.5)),
        ("Lobby", "", (None, "Lobby", 0.5)),
        (None, "", (None, "", 0.5)),
    ],
)
def test_a_reading_has_a_number_or_words(value, string, expected) -> None:
    assert reading_of(Change(name="x", value=value, string=string, position=0.5)) == expected


def test_what_the_database_could_not_take_is_mended() -> None:
    change = Change(name="x", value="a\0b", string="a\0b", position=1e300)
    assert reading_of(change) == (None, "a\ufffdb", None)
    assert len(clean("x" * 100_000)) == LONGEST_TEXT


def test_a_known_control_goes_on_where_its_record_ends() -> None:
    one = Known(7, True, -20.0, "-20.0dB", 0.67).slot(("Lobby Gain", "gain"))
    assert one.seen == (-20.0, "-20.0dB", 0.67)
    assert not one.differs(-20.0, "-20.0dB")
    fresh = Known(8, False, None, "", None).slot(("Lobby Gain", "mute"))
    assert fresh.differs(0.0, "unmuted")
    assert fresh.seen is None
