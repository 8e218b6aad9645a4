"""Puts scripted faults on a running miner and takes them off again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import grpc

from apps.miners.contract.generated import bos_miner_pb2 as miner_pb
from apps.miners.simulator.device import SimulatedMiner
from apps.miners.simulator.faults import GARBAGE, Faults
from apps.miners.simulator.settings import DEFAULT_PASSWORD

Request = Mapping[str, object]


class BadCommand(ValueError):  # noqa: N818 - says what is wrong
    """A script asked for what cannot be."""


async def inject(miner: SimulatedMiner, request: Request) -> None:
    """Puts the fault named in `fault` on the miner, for `seconds` where given."""
    name = str(request.get("fault"))
    seconds = _number(request, "seconds") if "seconds" in request else None
    if name in _MOMENTS:
        _MOMENTS[name](miner, request)
        return
    if name not in _LASTING:
        raise BadCommand(f"fault must be one of {', '.join((*_LASTING, *_MOMENTS))}")
    _LASTING[name](miner.state.faults, request)
    miner.state.faults.changed()
    if miner.state.faults.refuse:
        await miner.refuse()
    if seconds is not None:
        miner.later(seconds, lambda: clear(miner, name))


async def clear(miner: SimulatedMiner, name: str | None = None) -> None:
    """Takes one fault off, or all; what it held back goes on, and mining ramps anew."""
    if name is not None and name not in _LASTING:
        raise BadCommand(f"fault must be one of {', '.join(_LASTING)}")
    faults = miner.state.faults
    halted = faults.thermal_pause or faults.dead_pools
    faults.reset(name)
    faults.changed()
    if halted and not (faults.thermal_pause or faults.dead_pools):
        miner.state.ramp_again()
    if not faults.refuse:
        await miner.accept()


def _refuse(faults: Faults, _request: Request) -> None:
    faults.refuse = True


def _mute(faults: Faults, _request: Request) -> None:
    faults.mute = True


def _hang(faults: Faults, request: Request) -> None:
    faults.hang = _methods(request)


def _latency(faults: Faults, request: Request) -> None:
    faults.latency = _number(request, "ms") / 1000


def _drop_upload(faults: Faults, request: Request) -> None:
    faults.drop_upload = int(_number(request, "at"))


def _old_version(faults: Faults, _request: Request) -> None:
    faults.old_version = True


def _old_network(faults: Faults, _request: Request) -> None:
    faults.old_network = True


def _old_password(faults: Faults, _request: Request) -> None:
    faults.old_password = True


def _hashrate(faults: Faults, request: Request) -> None:
    faults.hashrate = 1 + _number(request, "percent", least=-100) / 100


def _thermal_pause(faults: Faults, _request: Request) -> None:
    faults.thermal_pause = True


def _dead_pools(faults: Faults, _request: Request) -> None:
    faults.dead_pools = True


def _ignore_pause(faults: Faults, request: Request) -> None:
    faults.ignore_pause = int(_number(request, "times")) if "times" in request else 1


def _unimplemented(faults: Faults, request: Request) -> None:
    faults.unimplemented = _methods(request)


def _garbage(faults: Faults, request: Request) -> None:
    kind = str(request.get("kind", "noise"))
    if kind not in GARBAGE:
        raise BadCommand(f"kind must be one of {', '.join(GARBAGE)}")
    faults.garbage = kind, _methods(request)


def _busy(faults: Faults, request: Request) -> None:
    code = str(request.get("code", "ABORTED"))
    if code not in grpc.StatusCode.__members__:
        raise BadCommand(f"code {code!r} is no gRPC status")
    faults.busy = grpc.StatusCode[code]


def _reboot(miner: SimulatedMiner, request: Request) -> None:
    miner.reboot(_number(request, "seconds") if "seconds" in request else None)


def _auth_reset(miner: SimulatedMiner, request: Request) -> None:
    """Tokens are gone and the password is the factory's, or the one given."""
    miner.state.tokens.drop_all()
    miner.state.settings.password = str(request.get("password", DEFAULT_PASSWORD))


def _expire_tokens(miner: SimulatedMiner, _request: Request) -> None:
    miner.state.tokens.drop_all()


def _wake(miner: SimulatedMiner, _request: Request) -> None:
    miner.state.resume()


def _error(miner: SimulatedMiner, request: Request) -> None:
    """An error as the firmware reports it, by default a power supply's."""
    state = miner.state
    code = str(request.get("code", "V2"))
    message = str(request.get("message", "PSU overcurrent or short circuit"))
    stamp = state.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    hint = "Check the power supply and its cables."
    codes = [miner_pb.ErrorCode(code=code, reason=message, hint=hint)]
    state.errors.append(miner_pb.MinerError(timestamp=stamp, message=message, error_codes=codes))


def _number(request: Request, name: str, *, least: float = 0) -> float:
    value = request.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
        raise BadCommand(f"{name} must be a number, {least:g} or more")
    return float(value)


def _methods(request: Request) -> frozenset[str]:
    """Methods named in `methods`, by short name or full path; all when none is named."""
    named = request.get("methods", ["*"])
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise BadCommand("methods must be a list of method names")
    return frozenset(named)


# A lasting fault bears the name of the field it moves.
_LASTING: dict[str, Callable[[Faults, Request], None]] = {
    "refuse": _refuse,
    "mute": _mute,
    "hang": _hang,
    "latency": _latency,
    "drop_upload": _drop_upload,
    "old_version": _old_version,
    "old_network": _old_network,
    "old_password": _old_password,
    "hashrate": _hashrate,
    "thermal_pause": _thermal_pause,
    "dead_pools": _dead_pools,
    "ignore_pause": _ignore_pause,
    "unimplemented": _unimplemented,
    "garbage": _garbage,
    "busy": _busy,
}
_MOMENTS: dict[str, Callable[[SimulatedMiner, Request], None]] = {
    "reboot": _reboot,
    "auth_reset": _auth_reset,
    "expire_tokens": _expire_tokens,
    "wake": _wake,
    "error": _error,
}
