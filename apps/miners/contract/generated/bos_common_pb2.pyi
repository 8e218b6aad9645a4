from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SaveAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SAVE_ACTION_UNSPECIFIED: _ClassVar[SaveAction]
    SAVE_ACTION_SAVE: _ClassVar[SaveAction]
    SAVE_ACTION_SAVE_AND_APPLY: _ClassVar[SaveAction]
    SAVE_ACTION_SAVE_AND_FORCE_APPLY: _ClassVar[SaveAction]

class DayOfWeek(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DAY_OF_WEEK_UNSPECIFIED: _ClassVar[DayOfWeek]
    DAY_OF_WEEK_MONDAY: _ClassVar[DayOfWeek]
    DAY_OF_WEEK_TUESDAY: _ClassVar[DayOfWeek]
    DAY_OF_WEEK_WEDNESDAY: _ClassVar[DayOfWeek]
    DAY_OF_WEEK_THURSDAY: _ClassVar[DayOfWeek]
    DAY_OF_WEEK_FRIDAY: _ClassVar[DayOfWeek]
    DAY_OF_WEEK_SATURDAY: _ClassVar[DayOfWeek]
    DAY_OF_WEEK_SUNDAY: _ClassVar[DayOfWeek]

class SensorLocation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SENSOR_LOCATION_UNSPECIFIED: _ClassVar[SensorLocation]
    SENSOR_LOCATION_CHIP: _ClassVar[SensorLocation]
    SENSOR_LOCATION_PCB: _ClassVar[SensorLocation]
SAVE_ACTION_UNSPECIFIED: SaveAction
SAVE_ACTION_SAVE: SaveAction
SAVE_ACTION_SAVE_AND_APPLY: SaveAction
SAVE_ACTION_SAVE_AND_FORCE_APPLY: SaveAction
DAY_OF_WEEK_UNSPECIFIED: DayOfWeek
DAY_OF_WEEK_MONDAY: DayOfWeek
DAY_OF_WEEK_TUESDAY: DayOfWeek
DAY_OF_WEEK_WEDNESDAY: DayOfWeek
DAY_OF_WEEK_THURSDAY: DayOfWeek
DAY_OF_WEEK_FRIDAY: DayOfWeek
DAY_OF_WEEK_SATURDAY: DayOfWeek
DAY_OF_WEEK_SUNDAY: DayOfWeek
SENSOR_LOCATION_UNSPECIFIED: SensorLocation
SENSOR_LOCATION_CHIP: SensorLocation
SENSOR_LOCATION_PCB: SensorLocation

class Power(_message.Message):
    __slots__ = ("watt",)
    WATT_FIELD_NUMBER: _ClassVar[int]
    watt: int
    def __init__(self, watt: _Optional[int] = ...) -> None: ...

class TeraHashrate(_message.Message):
    __slots__ = ("terahash_per_second",)
    TERAHASH_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    terahash_per_second: float
    def __init__(self, terahash_per_second: _Optional[float] = ...) -> None: ...

class GigaHashrate(_message.Message):
    __slots__ = ("gigahash_per_second",)
    GIGAHASH_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    gigahash_per_second: float
    def __init__(self, gigahash_per_second: _Optional[float] = ...) -> None: ...

class MegaHashrate(_message.Message):
    __slots__ = ("megahash_per_second",)
    MEGAHASH_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    megahash_per_second: float
    def __init__(self, megahash_per_second: _Optional[float] = ...) -> None: ...

class Temperature(_message.Message):
    __slots__ = ("degree_c",)
    DEGREE_C_FIELD_NUMBER: _ClassVar[int]
    degree_c: float
    def __init__(self, degree_c: _Optional[float] = ...) -> None: ...

class Voltage(_message.Message):
    __slots__ = ("volt",)
    VOLT_FIELD_NUMBER: _ClassVar[int]
    volt: float
    def __init__(self, volt: _Optional[float] = ...) -> None: ...

class Frequency(_message.Message):
    __slots__ = ("hertz",)
    HERTZ_FIELD_NUMBER: _ClassVar[int]
    hertz: float
    def __init__(self, hertz: _Optional[float] = ...) -> None: ...

class Hours(_message.Message):
    __slots__ = ("hours",)
    HOURS_FIELD_NUMBER: _ClassVar[int]
    hours: int
    def __init__(self, hours: _Optional[int] = ...) -> None: ...

class PowerEfficiency(_message.Message):
    __slots__ = ("joule_per_terahash",)
    JOULE_PER_TERAHASH_FIELD_NUMBER: _ClassVar[int]
    joule_per_terahash: float
    def __init__(self, joule_per_terahash: _Optional[float] = ...) -> None: ...

class BasesPoints(_message.Message):
    __slots__ = ("bsp",)
    BSP_FIELD_NUMBER: _ClassVar[int]
    bsp: int
    def __init__(self, bsp: _Optional[int] = ...) -> None: ...

class BooleanConstraint(_message.Message):
    __slots__ = ("default",)
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    default: bool
    def __init__(self, default: _Optional[bool] = ...) -> None: ...

class UInt32Constraints(_message.Message):
    __slots__ = ("default", "min", "max")
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    default: int
    min: int
    max: int
    def __init__(self, default: _Optional[int] = ..., min: _Optional[int] = ..., max: _Optional[int] = ...) -> None: ...

class DoubleConstraints(_message.Message):
    __slots__ = ("default", "min", "max")
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    default: float
    min: float
    max: float
    def __init__(self, default: _Optional[float] = ..., min: _Optional[float] = ..., max: _Optional[float] = ...) -> None: ...

class PowerConstraints(_message.Message):
    __slots__ = ("default", "min", "max")
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    default: Power
    min: Power
    max: Power
    def __init__(self, default: _Optional[_Union[Power, _Mapping]] = ..., min: _Optional[_Union[Power, _Mapping]] = ..., max: _Optional[_Union[Power, _Mapping]] = ...) -> None: ...

class HashrateConstraints(_message.Message):
    __slots__ = ("default", "min", "max")
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    default: TeraHashrate
    min: TeraHashrate
    max: TeraHashrate
    def __init__(self, default: _Optional[_Union[TeraHashrate, _Mapping]] = ..., min: _Optional[_Union[TeraHashrate, _Mapping]] = ..., max: _Optional[_Union[TeraHashrate, _Mapping]] = ...) -> None: ...

class TemperatureConstraints(_message.Message):
    __slots__ = ("default", "min", "max")
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    default: Temperature
    min: Temperature
    max: Temperature
    def __init__(self, default: _Optional[_Union[Temperature, _Mapping]] = ..., min: _Optional[_Union[Temperature, _Mapping]] = ..., max: _Optional[_Union[Temperature, _Mapping]] = ...) -> None: ...

class DurationConstraints(_message.Message):
    __slots__ = ("default", "min", "max")
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    default: Hours
    min: Hours
    max: Hours
    def __init__(self, default: _Optional[_Union[Hours, _Mapping]] = ..., min: _Optional[_Union[Hours, _Mapping]] = ..., max: _Optional[_Union[Hours, _Mapping]] = ...) -> None: ...

class FrequencyConstraints(_message.Message):
    __slots__ = ("default", "min", "max")
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    default: Frequency
    min: Frequency
    max: Frequency
    def __init__(self, default: _Optional[_Union[Frequency, _Mapping]] = ..., min: _Optional[_Union[Frequency, _Mapping]] = ..., max: _Optional[_Union[Frequency, _Mapping]] = ...) -> None: ...

class VoltageConstraints(_message.Message):
    __slots__ = ("default", "min", "max")
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    default: Voltage
    min: Voltage
    max: Voltage
    def __init__(self, default: _Optional[_Union[Voltage, _Mapping]] = ..., min: _Optional[_Union[Voltage, _Mapping]] = ..., max: _Optional[_Union[Voltage, _Mapping]] = ...) -> None: ...

class RealHashrate(_message.Message):
    __slots__ = ("last_5s", "last_15s", "last_30s", "last_1m", "last_5m", "last_15m", "last_30m", "last_1h", "last_24h", "since_restart")
    LAST_5S_FIELD_NUMBER: _ClassVar[int]
    LAST_15S_FIELD_NUMBER: _ClassVar[int]
    LAST_30S_FIELD_NUMBER: _ClassVar[int]
    LAST_1M_FIELD_NUMBER: _ClassVar[int]
    LAST_5M_FIELD_NUMBER: _ClassVar[int]
    LAST_15M_FIELD_NUMBER: _ClassVar[int]
    LAST_30M_FIELD_NUMBER: _ClassVar[int]
    LAST_1H_FIELD_NUMBER: _ClassVar[int]
    LAST_24H_FIELD_NUMBER: _ClassVar[int]
    SINCE_RESTART_FIELD_NUMBER: _ClassVar[int]
    last_5s: GigaHashrate
    last_15s: GigaHashrate
    last_30s: GigaHashrate
    last_1m: GigaHashrate
    last_5m: GigaHashrate
    last_15m: GigaHashrate
    last_30m: GigaHashrate
    last_1h: GigaHashrate
    last_24h: GigaHashrate
    since_restart: GigaHashrate
    def __init__(self, last_5s: _Optional[_Union[GigaHashrate, _Mapping]] = ..., last_15s: _Optional[_Union[GigaHashrate, _Mapping]] = ..., last_30s: _Optional[_Union[GigaHashrate, _Mapping]] = ..., last_1m: _Optional[_Union[GigaHashrate, _Mapping]] = ..., last_5m: _Optional[_Union[GigaHashrate, _Mapping]] = ..., last_15m: _Optional[_Union[GigaHashrate, _Mapping]] = ..., last_30m: _Optional[_Union[GigaHashrate, _Mapping]] = ..., last_1h: _Optional[_Union[GigaHashrate, _Mapping]] = ..., last_24h: _Optional[_Union[GigaHashrate, _Mapping]] = ..., since_restart: _Optional[_Union[GigaHashrate, _Mapping]] = ...) -> None: ...

class WorkSolverStats(_message.Message):
    __slots__ = ("real_hashrate", "nominal_hashrate", "error_hashrate", "found_blocks", "best_share", "best_share_str")
    REAL_HASHRATE_FIELD_NUMBER: _ClassVar[int]
    NOMINAL_HASHRATE_FIELD_NUMBER: _ClassVar[int]
    ERROR_HASHRATE_FIELD_NUMBER: _ClassVar[int]
    FOUND_BLOCKS_FIELD_NUMBER: _ClassVar[int]
    BEST_SHARE_FIELD_NUMBER: _ClassVar[int]
    BEST_SHARE_STR_FIELD_NUMBER: _ClassVar[int]
    real_hashrate: RealHashrate
    nominal_hashrate: GigaHashrate
    error_hashrate: MegaHashrate
    found_blocks: int
    best_share: int
    best_share_str: str
    def __init__(self, real_hashrate: _Optional[_Union[RealHashrate, _Mapping]] = ..., nominal_hashrate: _Optional[_Union[GigaHashrate, _Mapping]] = ..., error_hashrate: _Optional[_Union[MegaHashrate, _Mapping]] = ..., found_blocks: _Optional[int] = ..., best_share: _Optional[int] = ..., best_share_str: _Optional[str] = ...) -> None: ...

class TemperatureSensor(_message.Message):
    __slots__ = ("id", "location", "temperature")
    ID_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    id: int
    location: SensorLocation
    temperature: Temperature
    def __init__(self, id: _Optional[int] = ..., location: _Optional[_Union[SensorLocation, str]] = ..., temperature: _Optional[_Union[Temperature, _Mapping]] = ...) -> None: ...
