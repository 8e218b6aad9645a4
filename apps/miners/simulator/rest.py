"""The REST twin of a simulated miner, prefix /api/v1: the same methods in JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message

from apps.miners.contract.services import METHODS, OPEN_METHODS, request_class
from apps.miners.simulator.methods import STREAMED, UNARY
from apps.miners.simulator.plain import plain
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.state import MinerState

#: The answer of methods that say nothing (204).
NOTHING: Final = object()

Fields = dict[str, Any]

_V1 = "/braiins.bos.v1."
_APPLY = 2
# A 26.04 device answered this to GetApiVersion 1.10: the two faces count apart.
_REST_VERSION = {"major": 1, "minor": 3, "patch": 0, "pre": "", "build": ""}


@dataclass(frozen=True, slots=True)
class Route:
    """A method, its request made of a body, and what is shown of its answer.

    `bare` names the one field that is given without its object; `silent` gives nothing.
    """

    method: str
    request: Callable[[object], Fields] = lambda _body: {}
    bare: str = ""
    silent: bool = False


def _whole(body: object) -> Fields:
    if not isinstance(body, dict):
        raise Refusal(Kind.INVALID, "the body must be a JSON object")
    return {str(name): value for name, value in body.items()}


def _applied(body: object) -> Fields:
    return {"save_action": _APPLY, **_whole(body)}


def _under(name: str) -> Callable[[object], Fields]:
    """The body is the one field `name` of a write that is applied."""
    return lambda body: {"save_action": _APPLY, name: _whole(body)}


def _flag(name: str) -> Callable[[object], Fields]:
    def read(body: object) -> Fields:
        if not isinstance(body, bool):
            raise Refusal(Kind.NOT_FOUND, "the body must be true or false")
        return {name: body}

    return read


def _groups(body: object) -> Fields:
    if not isinstance(body, list):
        raise Refusal(Kind.INVALID, "the body must be a JSON array of pool groups")
    return {"save_action": _APPLY, "pool_groups": [_flat(_whole(group)) for group in body]}


def _flat(group: Fields) -> Fields:
    """A pool group with its oneof arm in the message itself, where a body nests it."""
    strategy = group.pop("load_balance_strategy", None) or {}
    names = {"quota": "quota", "fixedshareratio": "fixed_share_ratio"}
    arms = {names.get(name, name): value for name, value in strategy.items() if value is not None}
    return {**{name: value for name, value in group.items() if value is not None}, **arms}


_ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("POST", "auth/login"): Route("AuthenticationService/Login", _whole),
    ("PUT", "auth/password"): Route("AuthenticationService/SetPassword", _whole, silent=True),
    ("GET", "miner/details"): Route("MinerService/GetMinerDetails"),
    ("GET", "miner/stats"): Route("MinerService/GetMinerStats"),
    ("GET", "miner/errors"): Route("MinerService/GetErrors"),
    ("GET", "miner/hw/hashboards"): Route("MinerService/GetHashboards"),
    ("GET", "performance/tuner-state"): Route("PerformanceService/GetTunerState"),
    ("GET", "performance/target-profiles"): Route("PerformanceService/ListTargetProfiles"),
    ("GET", "performance/mode"): Route("PerformanceService/GetActivePerformanceMode"),
    ("PUT", "performance/power-target"): Route(
        "PerformanceService/SetPowerTarget", _under("power_target"), "power_target"
    ),
    ("PUT", "performance/hashrate-target"): Route(
        "PerformanceService/SetHashrateTarget", _under("hashrate_target"), "hashrate_target"
    ),
    ("PUT", "performance/dps"): Route("PerformanceService/SetDPS", _applied),
    ("PUT", "performance/quick-ramping"): Route("PerformanceService/SetQuickRamping", _applied),
    ("DELETE", "performance/tuned-profiles"): Route(
        "PerformanceService/RemoveTunedProfiles", silent=True
    ),
    ("GET", "cooling/state"): Route("CoolingService/GetCoolingState"),
    ("PUT", "cooling/mode"): Route("CoolingService/SetCoolingMode", _applied),
    ("GET", "network"): Route("NetworkService/GetNetworkInfo"),
    ("GET", "network/configuration"): Route("NetworkService/GetNetworkConfiguration"),
    ("PATCH", "network/configuration"): Route("NetworkService/SetNetworkConfiguration", _whole),
    ("GET", "configuration/miner"): Route("ConfigurationService/GetMinerConfiguration"),
    ("GET", "configuration/constraints"): Route("ConfigurationService/GetConstraints"),
    ("GET", "license/license"): Route("LicenseService/GetLicenseState"),
    ("PUT", "license/apply-contract-key"): Route("LicenseService/ApplyContractKey", _whole),
    ("GET", "upgrade/auto-upgrade"): Route("UpgradeService/GetAutoUpgradeStatus"),
    ("PATCH", "upgrade/auto-upgrade"): Route("UpgradeService/UpdateAutoUpgradeConfig", _whole),
    ("POST", "upgrade/restore-stock"): Route("UpgradeService/RestoreStock", silent=True),
    ("GET", "pools"): Route("PoolService/GetPoolGroups", bare="pool_groups"),
    ("PUT", "pools/batch"): Route("PoolService/SetPoolGroups", _groups, "pool_groups"),
    ("PUT", "actions/start"): Route("ActionsService/Start", bare="already_running"),
    ("PUT", "actions/stop"): Route("ActionsService/Stop", bare="already_stopped"),
    ("PUT", "actions/restart"): Route("ActionsService/Restart", bare="already_running"),
    ("PUT", "actions/pause"): Route("ActionsService/PauseMining", bare="already_paused"),
    ("PUT", "actions/resume"): Route("ActionsService/ResumeMining", bare="already_mining"),
    ("PUT", "actions/reboot"): Route("ActionsService/Reboot", silent=True),
    ("PUT", "actions/factory-reset"): Route("ActionsService/FactoryReset", silent=True),
    ("GET", "actions/locate"): Route("ActionsService/GetLocateDeviceStatus", bare="enabled"),
    ("PUT", "actions/locate"): Route(
        "ActionsService/SetLocateDeviceStatus", _flag("enable"), "enabled"
    ),
}
_LOGS: Final = "miner/log/"
_ARCHIVE: Final = "miner/support-archive"


def call(state: MinerState, verb: str, path: str, token: str, body: object) -> object:
    """Answers one request, path without prefix or slashes; raises Refusal.

    Bytes are answers that are no JSON.
    """
    if (verb, path) == ("GET", "version"):
        return _REST_VERSION
    if verb == "GET" and (path.startswith(_LOGS) or path == _ARCHIVE):
        return _file(state, path, token)
    route = _ROUTES.get((verb, path))
    if route is None:
        raise Refusal(Kind.NOT_FOUND, f"there is no {verb} {path}")
    answer = _run(state, route, body, token)
    if route.silent:
        return NOTHING
    shown = plain(answer)
    return shown[route.bare] if route.bare and isinstance(shown, dict) else shown


def _file(state: MinerState, path: str, token: str) -> bytes:
    method, fields = "GetSupportArchive", {}
    if path != _ARCHIVE:
        method, fields = "GetLog", {"log_type": f"LOG_TYPE_{path.removeprefix(_LOGS).upper()}"}
    whole = f"{_V1}MinerService/{method}"
    _admit(state, whole, token)
    pieces: Any = STREAMED[whole](state, _request(whole, fields))
    return b"".join(piece.chunk_data for piece in pieces)


def _run(state: MinerState, route: Route, body: object, token: str) -> Message:
    path = _V1 + route.method
    _admit(state, path, token)
    return UNARY[path](state, _request(path, route.request(body)))


def _admit(state: MinerState, path: str, token: str) -> None:
    if state.lacks(path):
        raise Refusal(Kind.UNSUPPORTED, "not supported on this device")
    if path not in OPEN_METHODS and not state.tokens.use(token):
        raise Refusal(Kind.UNAUTHENTICATED, "the session token is missing or has expired")


def _request(path: str, fields: Fields) -> Message:
    try:
        return ParseDict(fields, request_class(METHODS[path])())
    except ParseError as error:
        raise Refusal(Kind.INVALID, f"the body does not fit: {error}") from error
