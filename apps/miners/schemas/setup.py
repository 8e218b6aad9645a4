"""Inputs and outputs for cooling, dynamic power scaling and hash boards."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from apps.miners.schemas.fields import DEVICE
from apps.operations.core import Schema

Percent = Annotated[int, Field(ge=0, le=100)]
Celsius = Annotated[float, Field(ge=0, le=200)]


class MinersCooling(Schema):
    """How a miner is cooled; null: the miner's own."""

    mode: str = Field(description="auto, manual, immersion or hydro.")
    fan_percent: float | None = Field(description="Fan speed in mode manual, in %.")
    min_fan_percent: int | None = Field(description="Slowest fans in mode auto, in %.")
    max_fan_percent: int | None = Field(description="Fastest fans in mode auto, in %.")
    required_fans: int | None = Field(description="Fans without which it does not run.")
    target_c: float | None = Field(description="Temperature that fans keep, in °C.")
    hot_c: float | None = Field(description="From there fans run at full speed, in °C.")
    dangerous_c: float | None = Field(description="There it stops, in °C.")


class MinersCoolingSetIn(Schema):
    """How which miner is cooled. What is null stays, as far as the mode has it."""

    device: str = DEVICE
    mode: Literal["auto", "manual", "immersion", "hydro"] = Field(
        description="auto: fans follow the temperature. manual: fixed. Else a liquid, no fans."
    )
    fan_percent: Percent | None = Field(
        default=None, description="Fan speed in %, for mode manual."
    )
    min_fan_percent: Percent | None = Field(
        default=None, description="Slowest fans in %, for mode auto."
    )
    max_fan_percent: Percent | None = Field(
        default=None, description="Fastest fans in %, for mode auto."
    )
    required_fans: int | None = Field(
        default=None, ge=0, le=16, description="Fans without which it does not run."
    )
    target_c: Celsius | None = Field(default=None, description="Temperature to keep, in °C.")
    hot_c: Celsius | None = Field(default=None, description="From there fans go full, in °C.")
    dangerous_c: Celsius | None = Field(default=None, description="There it stops, in °C.")

    @model_validator(mode="after")
    def _what_the_mode_has(self) -> Self:
        fans = {"fan_percent": "manual", "min_fan_percent": "auto", "max_fan_percent": "auto"}
        for name, mode in fans.items():
            if getattr(self, name) is not None and self.mode != mode:
                raise ValueError(f"{name} belongs to mode {mode}")
        return self


class MinersCoolingSetOut(Schema):
    """Cooling before and after, as read back."""

    device: UUID = Field(description="Id of the miner.")
    before: MinersCooling = Field(description="How it was cooled.")
    after: MinersCooling = Field(description="How it is cooled now.")
    confirmed: bool = Field(description="Whether that is what was asked for.")


class MinersDps(Schema):
    """Dynamic power scaling; null: the miner does not tell."""

    enabled: bool | None = Field(description="Whether power steps down when it is hot.")
    power_step_watts: int | None = Field(description="Watts a step.")
    least_watts: int | None = Field(description="The least power target, in watts.")
    hashrate_step: float | None = Field(description="TH/s a step, with a hash-rate target.")
    least_terahash: float | None = Field(description="The least hash-rate target, in TH/s.")
    shutdown: bool | None = Field(description="Whether it rests when the least is still hot.")
    shutdown_hours: int | None = Field(description="Hours it rests.")
    mode: str | None = Field(description="normal or boost.")
    start_percent: int | None = Field(description="Share of the target it starts at, in %.")


class MinersDpsSetIn(Schema):
    """Dynamic power scaling of which miner. What is null stays."""

    device: str = DEVICE
    enabled: bool | None = Field(default=None, description="Whether power steps down when hot.")
    power_step_watts: int | None = Field(default=None, gt=0, description="Watts a step.")
    least_watts: int | None = Field(default=None, gt=0, description="Least power target, in W.")
    hashrate_step: float | None = Field(default=None, gt=0, description="TH/s a step.")
    least_terahash: float | None = Field(
        default=None, gt=0, description="Least hash-rate target, in TH/s."
    )
    shutdown: bool | None = Field(
        default=None, description="Whether it rests when the least is still hot."
    )
    shutdown_hours: int | None = Field(default=None, gt=0, description="Hours it rests.")
    mode: Literal["normal", "boost"] | None = Field(
        default=None, description="boost: it may go above its target when cold."
    )
    start_percent: int | None = Field(
        default=None, gt=0, le=100, description="Share of the target it starts at, in %."
    )


class MinersDpsSetOut(Schema):
    """Dynamic power scaling before and after, as read back."""

    device: UUID = Field(description="Id of the miner.")
    before: MinersDps = Field(description="How it was.")
    after: MinersDps = Field(description="How it is now.")
    confirmed: bool = Field(description="Whether that is what was asked for.")


class MinersBoardSwitchIn(Schema):
    """Which hash boards of which miner go on or off."""

    device: str = DEVICE
    boards: list[Annotated[str, Field(min_length=1, max_length=20)]] = Field(
        min_length=1, max_length=16, description="Ids of boards, as miners.miner.info tells them."
    )
    on: bool = Field(description="True to switch them on, false to switch them off.")


class MinersBoardSwitchOut(Schema):
    """Which boards were and are on."""

    device: UUID = Field(description="Id of the miner.")
    changed: list[str] = Field(description="Boards whose switch moved.")
    before: list[str] = Field(description="Boards that were on.")
    after: list[str] = Field(description="Boards that are on now.")
    confirmed: bool = Field(description="Whether that is what was asked for.")


class MinersMinerResetIn(Schema):
    """Which miner forgets all its settings."""

    device: str = DEVICE


class MinersMinerResetOut(Schema):
    """That it began, and what is to be done now."""

    device: UUID = Field(description="Id of the miner.")
    begun: bool = Field(description="True: it took the command and restarts.")
    advice: str = Field(description="What is to be done next.")


class MinersStockRestoreIn(Schema):
    """Which miner goes back to its maker's firmware."""

    device: str = DEVICE
