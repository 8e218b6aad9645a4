"""Shapes on the wire are read as documented, and impossible sets cannot be made."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from apps.qsys.client.wire import ABSENT, Change, ControlSet, ControlState, EngineStatus, Incoming


def test_a_change_of_a_live_core_is_read() -> None:
    text = (
        b'{"Component":"Gain_1","Name":"gain","String":"-42.1dB","Value":-42.09999847,'
        b'"Position":0.48249999,"Choices":[],"Color":"","Indeterminate":false,"Legend":""}'
    )
    change = msgspec.json.decode(text, type=Change)
    assert change == Change("gain", "Gain_1", -42.09999847, "-42.1dB", 0.48249999)


@pytest.mark.parametrize("value", [True, 1, 0.5, "text", None])
def test_a_value_may_be_a_number_a_boolean_or_a_string(value: Any) -> None:
    text = msgspec.json.encode({"Name": "x", "Value": value})
    assert msgspec.json.decode(text, type=Change).value == value


def test_a_change_of_a_named_control_has_no_component() -> None:
    change = msgspec.json.decode(b'{"Name":"LobbyGain","Value":1,"String":"1"}', type=Change)
    assert change.component is None
    assert change.position is None


def test_metadata_and_multiple_values_are_read() -> None:
    text = (
        b'{"Name":"page","Type":"Text","Choices":["A","B"],"Disabled":true,"CssClass":"big",'
        b'"Values":[1,2.5],"Strings":["1","2.5"],"Positions":[0,1]}'
    )
    state = msgspec.json.decode(text, type=ControlState)
    assert (state.choices, state.disabled, state.css_class) == (["A", "B"], True, "big")
    assert (state.values, state.strings, state.positions) == ([1, 2.5], ["1", "2.5"], [0, 1])


def test_the_documented_status_push_lacks_platform_and_status() -> None:
    text = b'{"State":"Active","DesignName":"X","DesignCode":"abc","IsRedundant":false}'
    status = msgspec.json.decode(text, type=EngineStatus)
    assert (status.state, status.platform, status.status.string) == ("Active", "", "")


def test_the_body_is_found_under_either_name() -> None:
    old = msgspec.json.decode(b'{"id":1,"response":[1]}', type=Incoming)
    new = msgspec.json.decode(b'{"id":1,"result":null}', type=Incoming)
    none = msgspec.json.decode(b'{"id":1}', type=Incoming)
    assert (bytes(old.body), bytes(new.body), none.body is ABSENT) == (b"[1]", b"null", True)


def test_a_set_carries_only_what_was_given() -> None:
    assert ControlSet("gain", value=-10, ramp=2.5).params() == {
        "Name": "gain",
        "Value": -10,
        "Ramp": 2.5,
    }
    assert ControlSet("gain", position=0.0, ramp=0).params() == {"Name": "gain", "Position": 0.0}
    assert ControlSet("text", string="").params() == {"Name": "text", "String": ""}


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"value": 1, "position": 0.5},
        {"value": 1, "string": "1"},
        {"position": 1.01},
        {"position": -0.01},
        {"value": 1, "ramp": -1},
        {"value": 1, "ramp": float("inf")},
        {"value": 1, "ramp": float("nan")},
    ],
)
def test_an_impossible_set_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"exactly one|position|ramp"):
        ControlSet("gain", **members)
