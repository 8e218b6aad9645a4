"""The typed shapes of QRC on the wire, as Q-SYS documents them; unknown members are ignored."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

RequestId: TypeAlias = int | str | None
Scalar: TypeAlias = bool | float | str | None

# Marks an absent member, apart from a present `null`.
ABSENT = msgspec.Raw()


class Request(msgspec.Struct):
    """One call. Without `id` it is a notification and gets no answer."""

    method: str
    params: Any
    id: int | msgspec.UnsetType = msgspec.UNSET
    api_key: str | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="apiKey")
    jsonrpc: str = "2.0"


class DeviceError(msgspec.Struct):
    """A JSON-RPC error object."""

    code: int = 0
    message: str = ""


class Incoming(msgspec.Struct):
    """Anything a Core sends: an answer or a push. Firmware differs in which members it fills.

    An answer holds `result`, or in some versions `response`, or `error`; `jsonrpc` may be missing.
    """

    id: RequestId = None
    method: str | None = None
    result: msgspec.Raw = ABSENT
    response: msgspec.Raw = ABSENT
    params: msgspec.Raw = ABSENT
    error: DeviceError | None = None

    @property
    def body(self) -> msgspec.Raw:
        """The result under whichever name it came, ABSENT when there is none."""
        return self.result if self.result is not ABSENT else self.response


class Change(msgspec.Struct, gc=False, rename="pascal"):
    """What a poll says about one control. `component` is None for a named control.

    `position` runs from 0 to 1; `value` of a Boolean is true/false or 1/0, as the Core likes.
    """

    name: str
    component: str | None = None
    value: Scalar = None
    string: str = ""
    position: float | None = None


class ControlState(msgspec.Struct, rename="pascal"):
    """A control with its metadata. GetControls omits the lower half, Get, Set and polls fill it."""

    name: str
    component: str | None = None
    type: str = ""
    value: Scalar = None
    value_min: float | None = None
    value_max: float | None = None
    string_min: str = ""
    string_max: str = ""
    string: str = ""
    position: float | None = None
    direction: str = ""
    choices: list[str] = []
    color: str = ""
    indeterminate: bool = False
    invisible: bool = False
    disabled: bool = False
    legend: str = ""
    css_class: str = ""
    values: list[Scalar] = []
    strings: list[str] = []
    positions: list[float] = []


class Property(msgspec.Struct, rename="pascal"):
    """A design-time property of a component; values are mostly strings."""

    name: str
    value: Scalar = None
    pretty_name: str = ""


class Component(msgspec.Struct, rename="pascal"):
    """A component that has a Code Name and script access."""

    name: str
    type: str = ""
    properties: list[Property] = []


class ComponentControls(msgspec.Struct, rename="pascal"):
    """The answer of Component.Get and Component.GetControls."""

    controls: list[ControlState] = []
    name: str = ""


class RollUp(msgspec.Struct, rename="pascal"):
    """The Core's summary over all its inventory, such as 0, "OK - 12 OK"."""

    code: int = 0
    string: str = ""


class EngineStatus(msgspec.Struct, rename="pascal"):
    """State of the engine. `design_code` is new at each deployment: the design-changed signal.

    The documented push lacks `platform` and `status`. `state` is Idle, Active or Standby.
    """

    platform: str = ""
    state: str = ""
    design_name: str = ""
    design_code: str = ""
    is_redundant: bool = False
    is_emulator: bool = False
    status: RollUp = msgspec.field(default_factory=RollUp)


class Changes(msgspec.Struct, rename="pascal"):
    """Body of a poll and of an AutoPoll push."""

    id: int | str = ""
    changes: list[Change] = []


class PollFrame(msgspec.Struct):
    """A whole frame if it is an answer to a poll or an automatic poll, read in one pass.

    Other frames may fit as well: its id or method tells.
    """

    id: RequestId = None
    method: str | None = None
    result: Changes | None = None
    params: Changes | None = None


class FullChanges(msgspec.Struct, rename="pascal"):
    """Body of a poll, read with all metadata."""

    changes: list[ControlState] = []


class Poll(msgspec.Struct, frozen=True):
    """One whole poll: what changed, when it arrived (wall clock, ns), and its number.

    `sequence` counts the polls of one session from 1, over all groups and both kinds of polling.
    """

    group: str
    changes: list[Change]
    received_ns: int
    sequence: int


class ControlSet(msgspec.Struct, frozen=True):
    """What to set a control to: exactly one of value, position (0..1) and string; ramp in s."""

    name: str
    value: Scalar = None
    position: float | None = None
    string: str | None = None
    ramp: float | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for what no Core could carry out."""
        given = [x for x in (self.value, self.position, self.string) if x is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of value, position and string")
        if self.position is not None and not 0 <= self.position <= 1:
            raise ValueError("position must lie between 0 and 1")
        if self.ramp is not None and not 0 <= self.ramp < float("inf"):
            raise ValueError("ramp is a number of seconds, zero or more")

    def params(self) -> dict[str, Any]:
        """The object QRC wants, without the members that were not given."""
        members = {
            "Name": self.name,
            "Value": self.value,
            "Position": self.position,
            "String": self.string,
            "Ramp": self.ramp or None,
        }
        return {key: value for key, value in members.items() if value is not None}


class SetResult(msgspec.Struct, frozen=True):
    """What the Core said to a set: new states if it gave them, and names it did not know.

    An empty pair is a plain acknowledgement: read back to know what is true.
    """

    states: list[ControlState]
    unknown: list[str]
