"""Settings by name of a simulated miner, with the schema that describes them."""

from __future__ import annotations

from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from apps.miners.contract.generated import bos_advanced_pb2 as pb
from apps.miners.simulator.method import Methods
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.state import MinerState

_PROPERTIES: dict[str, dict[str, Any]] = {
    "allow_disabling_hashboards_on_nopic_miners": {"type": "boolean", "default": False},
    "min_fan_pwm": {"type": "integer", "minimum": 0, "maximum": 100, "default": 0},
    "rambo_mode": {"type": "boolean", "default": False},
}


def get_schema(
    _state: MinerState, _request: pb.GetSettingsSchemaRequest
) -> pb.GetSettingsSchemaResponse:
    schema = {"type": "object", "additionalProperties": False, "properties": _PROPERTIES}
    return pb.GetSettingsSchemaResponse(schema=_struct(schema))


def get_settings(state: MinerState, request: pb.GetSettingsRequest) -> pb.GetSettingsResponse:
    default = {name: one["default"] for name, one in _PROPERTIES.items()}
    shown = (
        default | state.settings.advanced if request.include_default else state.settings.advanced
    )
    return pb.GetSettingsResponse(settings=_struct(shown))


def set_settings(state: MinerState, request: pb.SetSettingsRequest) -> pb.SetSettingsResponse:
    """All or none; null puts one back."""
    wanted: dict[str, Any] = MessageToDict(request.settings)
    for name, value in wanted.items():
        _check(name, value)
    kept = {name: value for name, value in wanted.items() if value is not None}
    put_back = wanted.keys() - kept.keys()
    state.settings.advanced = {
        name: value
        for name, value in (state.settings.advanced | kept).items()
        if name not in put_back
    }
    state.history.record("advanced", names=sorted(wanted))
    return pb.SetSettingsResponse(applied=_struct(wanted))


def reset_settings(
    state: MinerState, _request: pb.ResetAllSettingsRequest
) -> pb.ResetAllSettingsResponse:
    state.settings.advanced = {}
    state.history.record("advanced", names=[])
    return pb.ResetAllSettingsResponse(settings=Struct())


def _check(name: str, value: Any) -> None:
    known = _PROPERTIES.get(name)
    if known is None:
        raise Refusal(Kind.INVALID, f"there is no setting {name!r}")
    if value is None:
        return
    boolean = isinstance(value, bool)
    if known["type"] == "boolean":
        fits = boolean
    else:
        fits = not boolean and isinstance(value, int | float) and 0 <= value <= known["maximum"]
    if not fits:
        raise Refusal(Kind.INVALID, f"{name} takes a {known['type']} as its schema says")


def _struct(values: dict[str, Any]) -> Struct:
    made = Struct()
    made.update(values)
    return made


METHODS: Methods = {
    "GetSettingsSchema": get_schema,
    "GetSettings": get_settings,
    "SetSettings": set_settings,
    "ResetAllSettings": reset_settings,
}
