"""What a Core answers to each request, and to requests that are wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.qsys.simulator import Core, demo_design
from apps.qsys.simulator.methods import METHODS
from apps.qsys.simulator.peer import Peer


class Line:
    """A client's end without a socket: requests in, frames out."""

    def __init__(self, **core: Any) -> None:
        self.core = Core(demo_design(300, 2), **core)
        self.frames: list[dict[str, Any]] = []
        self.peer = Peer(self.core, "qrc", self, METHODS)
        self.peer.opened()

    def send(self, frame: bytes) -> None:
        self.frames.append(json.loads(frame))

    def reset(self) -> None:
        self.peer.lost()

    def raw(self, text: bytes) -> list[dict[str, Any]]:
        """Send bytes, return what came."""
        self.frames.clear()
        self.peer.received(text)
        return list(self.frames)

    def ask(self, method: str, params: Any = None, request_id: Any = 1) -> dict[str, Any]:
        """Send a request, return its one answer."""
        request = {"jsonrpc": "2.0", "method": method, "params": params, "id": request_id}
        (answer,) = self.raw(json.dumps(request).encode())
        return answer

    def result(self, method: str, params: Any = None) -> Any:
        """The result of a request that must succeed."""
        return self.ask(method, params)["result"]

    def code(self, method: str, params: Any = None) -> int:
        """The error code of a request that must fail."""
        code: int = self.ask(method, params)["error"]["code"]
        return code


@pytest.fixture
def line() -> Line:
    return Line()


def test_a_client_is_greeted_with_the_engine_status(line: Line) -> None:
    (push,) = line.frames
    assert push["method"] == "EngineStatus"
    assert "id" not in push
    assert set(push["params"]) == {
        "Platform", "State", "DesignName", "DesignCode", "IsRedundant", "IsEmulator", "Status",
    }  # fmt: skip


@pytest.mark.parametrize("request_id", [7, "7", "5a3e-uuid", 0, None, 1.5])
def test_the_id_comes_back_with_its_type(line: Line, request_id: Any) -> None:
    answer = line.ask("NoOp", {}, request_id)
    assert answer["id"] == request_id
    assert type(answer["id"]) is type(request_id)


def test_a_request_without_id_gets_no_answer(line: Line) -> None:
    assert line.raw(b'{"jsonrpc":"2.0","method":"NoOp","params":{}}') == []


@pytest.mark.parametrize("params", [0, {}, None, "test"])
def test_status_and_components_take_any_params(line: Line, params: Any) -> None:
    assert line.result("StatusGet", params)["State"] == "Active"
    assert line.result("Component.GetComponents", params)[0]["ID"] == "Lobby Gain"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"{", -32700),
        (b"\xff", -32700),
        (b"", -32700),
        (b"[]", -32600),
        (b"7", -32600),
        (b'{"id":1}', -32600),
        (b'{"id":1,"method":5}', -32600),
    ],
)
def test_what_is_no_request_is_an_error_without_id(line: Line, text: bytes, code: int) -> None:
    (answer,) = line.raw(text)
    assert (answer["id"], answer["error"]["code"]) == (None, code)


@given(st.binary(max_size=60))
def test_any_bytes_get_one_error_and_do_no_harm(noise: bytes) -> None:
    line = Line()
    answers = line.raw(noise)
    assert all("error" in one for one in answers)
    assert line.result("StatusGet")["State"] == "Active"


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("EngineStatus", {}, -32601),
        ("No.Such", {}, -32601),
        ("Component.GetControls", {"Name": "Nobody"}, 7),
        ("Component.GetControls", {"Name": "Hidden Script"}, 7),
        ("Component.GetControls", {}, -32602),
        ("Component.Get", {"Name": "Nobody", "Controls": []}, 7),
        ("Component.Get", {"Name": "Lobby Gain", "Controls": [{"Name": "nope"}]}, 8),
        ("Component.Set", {"Name": "Nobody", "Controls": []}, 7),
        ("Component.Set", {"Name": "Lobby Gain", "Controls": [{"Name": "gain"}]}, -32602),
        ("Control.Get", ["Nope"], 8),
        ("Control.Get", {"Name": "LobbyGain"}, -32602),
        ("Control.Set", {"Name": "Nope", "Value": 1}, 8),
        ("ChangeGroup.AddControl", {"Id": "g", "Controls": ["Nope"]}, 8),
        ("ChangeGroup.Poll", {"Id": "g"}, 6),
        ("ChangeGroup.Clear", {"Id": "g"}, 6),
        ("ChangeGroup.Invalidate", {"Id": "g"}, 6),
        ("ChangeGroup.Destroy", {"Id": "g"}, 6),
        ("ChangeGroup.Remove", {"Id": "g", "Controls": []}, 6),
        ("ChangeGroup.AutoPoll", {"Id": "g", "Rate": 1}, 6),
    ],
)
def test_errors_have_the_documented_codes(line: Line, method: str, params: Any, code: int) -> None:
    assert line.code(method, params) == code


def test_a_failed_add_makes_no_group(line: Line) -> None:
    line.ask("ChangeGroup.AddControl", {"Id": "g", "Controls": ["Nope"]})
    assert line.peer.groups == {}


def test_listing_controls_leaves_out_what_polls_add(line: Line) -> None:
    listed = line.result("Component.GetControls", {"Name": "Lobby Gain"})["Controls"][0]
    assert "Choices" not in listed
    assert listed["ValueMin"] == -100
    parameters = {"Id": "g", "Component": {"Name": "Lobby Gain", "Controls": [{"Name": "gain"}]}}
    assert line.result("ChangeGroup.AddComponentControl", parameters)
    (change,) = line.result("ChangeGroup.Poll", {"Id": "g"})["Changes"]
    assert {"Choices", "Legend", "Disabled", "CssClass", "Component"} <= set(change)


def test_response_values_are_an_array_of_new_states(line: Line) -> None:
    wanted = [{"Name": "gain", "Value": -42.1}, {"Name": "mute", "Bool": True, "Value": 1}]
    result = line.result(
        "Component.Set", {"Name": "Lobby Gain", "Controls": wanted, "ResponseValues": True}
    )
    assert [one["Component"] for one in result] == ["Lobby Gain"] * 2
    assert [one["Value"] for one in result] == [-42.09999847, True]


def test_without_response_values_unknown_controls_are_listed(line: Line) -> None:
    wanted = {"Name": "Lobby Gain", "Controls": [{"Name": "gain", "Value": 0}]}
    assert line.result("Component.Set", wanted) is True
    wanted["Controls"] = [{"Name": "nope", "Value": 0}]
    assert line.result("Component.Set", wanted) == ["nope"]


@pytest.mark.parametrize("value", ["loud", "nan"])
def test_a_value_without_meaning_is_refused(line: Line, value: str) -> None:
    params = {"Name": "Lobby Gain", "Controls": [{"Name": "gain", "Value": value}]}
    assert line.code("Component.Set", params) == -32602
    assert line.core.control("Lobby Gain", "gain").value == -20


def test_a_read_only_control_stays_as_it_is(line: Line) -> None:
    params = {"Name": "Core Status", "Controls": [{"Name": "fan", "Value": 1}]}
    assert line.result("Component.Set", params) is True
    assert line.core.control("Core Status", "fan").value == 2400


def test_a_trigger_counts_as_changed_and_has_no_value(line: Line) -> None:
    name = {"Name": "stepper.increase"}
    line.result(
        "ChangeGroup.AddComponentControl",
        {"Id": "g", "Component": {"Name": "Lobby Gain", "Controls": [name]}},
    )
    line.result("ChangeGroup.Poll", {"Id": "g"})
    line.result("Component.Set", {"Name": "Lobby Gain", "Controls": [{**name, "Value": 1}]})
    (change,) = line.result("ChangeGroup.Poll", {"Id": "g"})["Changes"]
    assert (change["Value"], change["String"]) == (0, "")


def test_controls_may_be_named_by_plain_strings(line: Line) -> None:
    result = line.result("Component.Get", {"Name": "Lobby Gain", "Controls": ["gain"]})
    assert set(result["Controls"][0]) == {"Name", "Value", "String", "Position"}


def test_removing_lists_unknown_names(line: Line) -> None:
    line.result("ChangeGroup.AddControl", {"Id": "g", "Controls": ["LobbyGain"]})
    params = {"Id": "g", "Controls": ["LobbyGain", "Nope"]}
    assert line.result("ChangeGroup.Remove", params) == ["Nope"]
    assert line.result("ChangeGroup.Poll", {"Id": "g"})["Changes"] == []


def test_a_core_has_512_groups_for_all_connections() -> None:
    line = Line()
    for _ in range(128):
        peer = Peer(line.core, "qrc", line, METHODS)
        line.core.peers[peer.number] = peer
        for n in range(4):
            peer.group_or_new(n)
    assert line.code("ChangeGroup.AddControl", {"Id": "g", "Controls": []}) == 5


@pytest.mark.parametrize("method", ["StatusGet", "Component.GetComponents", "No.Such"])
def test_a_logon_is_required_for_everything(method: str) -> None:
    line = Line(users={"joe": "1234"})
    assert line.code(method) == 10
    assert line.result("NoOp", {})
    assert line.code("Logon", {"User": "joe", "Password": "0000"}) == 10
    assert line.result("Logon", {"User": "joe", "Password": "1234"})
    assert line.ask(method).get("error", {}).get("code") != 10


def test_an_open_core_takes_any_logon(line: Line) -> None:
    assert line.result("Logon", {"User": "x", "Password": "y"})


def test_an_api_key_logs_on_for_the_rest_of_the_connection() -> None:
    line = Line(api_keys=("k",))
    assert line.code("StatusGet") == 10
    (answer,) = line.raw(b'{"method":"StatusGet","id":1,"apiKey":"k"}')
    assert answer["result"]["State"] == "Active"
    assert line.result("StatusGet")["State"] == "Active"


def test_standby_refuses_all_but_the_status(line: Line) -> None:
    line.core.become("Standby")
    assert line.frames[-1]["params"]["State"] == "Standby"
    assert line.result("StatusGet")["State"] == "Standby"
    assert line.code("Component.GetComponents") == -32604


def test_a_reload_gives_a_new_code_and_drops_groups(line: Line) -> None:
    line.result("ChangeGroup.AddControl", {"Id": "g", "Controls": ["LobbyGain"]})
    before = line.core.code
    line.core.load(line.core.design)
    assert line.core.code != before
    assert len(line.core.code) == 12
    assert line.code("ChangeGroup.Poll", {"Id": "g"}) == 6


def test_groups_die_with_the_connection(line: Line) -> None:
    line.result("ChangeGroup.AddControl", {"Id": "g", "Controls": ["LobbyGain"]})
    line.reset()
    assert line.core.group_count() == 0
    assert line.core.control("Lobby Gain", "gain").watchers == []


@pytest.mark.parametrize("ack", [True, {}, None, [], "OK"])
def test_acknowledgements_are_as_the_dialect_says(line: Line, ack: Any) -> None:
    line.core.dialect.ack = ack
    params = {"Id": "g", "Controls": ["LobbyGain"]}
    assert line.result("ChangeGroup.AddControl", params) == ack


def test_no_answer_is_falsy_by_default(line: Line) -> None:
    params = {"Id": "g", "Controls": ["LobbyGain"]}
    for method in ("AddControl", "Invalidate", "Clear", "Remove", "Destroy"):
        assert line.result(f"ChangeGroup.{method}", params)


def test_a_dialect_may_lack_jsonrpc_and_say_response(line: Line) -> None:
    line.core.dialect.jsonrpc = False
    line.core.dialect.result_key = "response"
    answer = line.ask("StatusGet")
    assert set(answer) == {"response", "id"}


def test_the_history_keeps_commands_and_counts_polls(line: Line) -> None:
    line.result("ChangeGroup.AddControl", {"Id": "g", "Controls": ["LobbyGain"]})
    for _ in range(3):
        line.result("ChangeGroup.Poll", {"Id": "g"})
    assert [one.method for one in line.core.history] == ["ChangeGroup.AddControl"]
    assert line.core.history[0].params == {"Id": "g", "Controls": ["LobbyGain"]}
    assert line.core.counts["ChangeGroup.Poll"] == 3
