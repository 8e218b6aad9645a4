"""The REST twin of a simulated miner, prefix /api/v1: the same methods in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.message import Message

from apps.miners.contract.services import METHODS, OPEN_METHODS, request_class
from apps.miners.simulator.methods import UNARY
from apps.miners.simulator.plain import plain
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.state import MinerState

# The answer of methods that say nothing (204).
NOTHING: Final = object()

_V1 = "/braiins.bos.v1."
_READS = {
    "miner/details": "MinerService/GetMinerDetails",
    "miner/stats": "MinerService/GetMinerStats",
    "miner/errors": "MinerService/GetErrors",
    "miner/hw/hashboards": "MinerService/GetHashboards",
    "performance/tuner-state": "PerformanceService/GetTunerState",
    "performance/target-profiles": "PerformanceService/ListTargetProfiles",
    "performance/mode": "PerformanceService/GetActivePerformanceMode",
    "cooling/state": "CoolingService/GetCoolingState",
    "network": "NetworkService/GetNetworkInfo",
    "network/configuration": "NetworkService/GetNetworkConfiguration",
    "configuration/miner": "ConfigurationService/GetMinerConfiguration",
    "configuration/constraints": "ConfigurationService/GetConstraints",
    "license/license": "LicenseService/GetLicenseState",
    "upgrade/auto-upgrade": "UpgradeService/GetAutoUpgradeStatus",
}
# Single-field answers that the REST face gives bare.
_BARE = {
    "actions/start": ("ActionsService/Start", "already_running"),
    "actions/stop": ("ActionsService/Stop", "already_stopped"),
    "actions/restart": ("ActionsService/Restart", "already_running"),
    "actions/pause": ("ActionsService/PauseMining", "already_paused"),
    "actions/resume": ("ActionsService/ResumeMining", "already_mining"),
}
_SILENT = {
    "actions/reboot": "ActionsService/Reboot",
    "actions/factory-reset": "ActionsService/FactoryReset",
}
# A 26.04 device answered this to GetApiVersion 1.10: the two faces count apart.
_REST_VERSION = {"major": 1, "minor": 3, "patch": 0, "pre": "", "build": ""}


def call(state: MinerState, verb: str, path: str, token: str, body: object) -> object:
    """Answers one request, path without prefix or slashes; raises Refusal."""
    if (verb, path) == ("GET", "version"):
        return _REST_VERSION
    if (verb, path) == ("POST", "auth/login"):
        return plain(_run(state, "AuthenticationService/Login", _fields(body), token))
    if verb == "GET":
        return _read(state, path, token)
    if verb == "PUT":
        return _write(state, path, token, body)
    raise Refusal(Kind.NOT_FOUND, f"there is no {verb} {path}")


def _read(state: MinerState, path: str, token: str) -> object:
    if path == "pools":
        shown = plain(_run(state, "PoolService/GetPoolGroups", {}, token))
        return shown["pool_groups"] if isinstance(shown, dict) else shown
    if path == "actions/locate":
        located: Any = _run(state, "ActionsService/GetLocateDeviceStatus", {}, token)
        return located.enabled
    if path not in _READS:
        raise Refusal(Kind.NOT_FOUND, f"there is no GET {path}")
    return plain(_run(state, _READS[path], {}, token))


def _write(state: MinerState, path: str, token: str, body: object) -> object:
    if path in _BARE:
        method, field = _BARE[path]
        return getattr(_run(state, method, {}, token), field)
    if path in _SILENT:
        _run(state, _SILENT[path], {}, token)
        return NOTHING
    if path == "actions/locate" and isinstance(body, bool):
        located: Any = _run(state, "ActionsService/SetLocateDeviceStatus", {"enable": body}, token)
        return located.enabled
    if path == "performance/power-target":
        fields = {"save_action": 2, "power_target": _fields(body)}
        changed: Any = _run(state, "PerformanceService/SetPowerTarget", fields, token)
        return plain(changed.power_target)
    raise Refusal(Kind.NOT_FOUND, f"there is no PUT {path} for such a body")


def _run(state: MinerState, method: str, fields: Mapping[str, object], token: str) -> Message:
    path = _V1 + method
    if state.faults.lacks(path):
        raise Refusal(Kind.UNSUPPORTED, "not supported on this device")
    if path not in OPEN_METHODS and not state.tokens.use(token):
        raise Refusal(Kind.UNAUTHENTICATED, "the session token is missing or has expired")
    try:
        request = request_class(METHODS[path])(**fields)
    except (TypeError, ValueError) as error:
        raise Refusal(Kind.INVALID, f"the body does not fit: {error}") from error
    return UNARY[path](state, request)


def _fields(body: object) -> dict[str, object]:
    if not isinstance(body, dict):
        raise Refusal(Kind.INVALID, "the body must be a JSON object")
    return {str(name): value for name, value in body.items()}
