"""The part of a client for fans and temperatures."""

from __future__ import annotations

from apps.miners.client import readings, types
from apps.miners.client.calls import READ_S, WRITE_S, Part
from apps.miners.client.setup import CoolingSetup
from apps.miners.contract.generated import bos_common_pb2 as common_pb
from apps.miners.contract.generated import bos_cooling_pb2 as pb


class Cooling(Part):
    """CoolingService."""

    async def state(self, *, timeout: float = READ_S) -> types.CoolingState:
        """Fans and the highest temperature."""
        method, answer = "CoolingService/GetCoolingState", pb.GetCoolingStateResponse
        return readings.cooling(
            await self._calls.ask(method, pb.GetCoolingStateRequest(), answer, timeout)
        )

    async def set_mode(self, wanted: CoolingSetup, *, timeout: float = WRITE_S) -> None:
        """Cool as wanted; fields of the mode that are None go back to the device's own."""
        request = pb.SetCoolingModeRequest(save_action=common_pb.SAVE_ACTION_SAVE_AND_APPLY)
        _fill(request, wanted)
        method, answer = "CoolingService/SetCoolingMode", pb.SetCoolingModeResponse
        await self._calls.ask(method, request, answer, timeout)


def _fill(request: pb.SetCoolingModeRequest, wanted: CoolingSetup) -> None:
    mode = getattr(request, wanted.mode)
    mode.SetInParent()
    for name in ("target", "hot", "dangerous"):
        degrees = getattr(wanted, f"{name}_c")
        if degrees is not None:
            getattr(mode, f"{name}_temperature").degree_c = degrees
    for name, value in _plain(wanted).items():
        if value is not None and name in mode.DESCRIPTOR.fields_by_name:
            setattr(mode, name, value)


def _plain(wanted: CoolingSetup) -> dict[str, float | int | None]:
    """Fields that are bare numbers, by their names of the wire; a mode takes those it has."""
    percent = wanted.fan_percent
    return {
        "fan_speed_ratio": None if percent is None else percent / 100,
        "min_fan_speed": wanted.min_fan_percent,
        "max_fan_speed": wanted.max_fan_percent,
        "minimum_required_fans": wanted.required_fans,
    }
