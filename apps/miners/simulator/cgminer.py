"""The cgminer-style face of a simulated miner (port 4028): one JSON request a connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping

from apps.miners.simulator.methods.cooling import fan_rpm, speed_ratio
from apps.miners.simulator.state import MinerState

Section = list[dict[str, object]]

_LONGEST_REQUEST = 4096
_PATIENCE_S = 5.0
_API = "3.7"
_INVALID_COMMAND = 14


class CgminerFace:
    """Opens and closes the TCP server of one miner."""

    def __init__(self, state: MinerState) -> None:
        self._state = state
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def open(self, address: str, port: int) -> None:
        # Kept before it serves: a stop in the middle of opening must find the socket.
        self._server = await asyncio.start_server(self._serve, address, port, start_serving=False)
        await self._server.start_serving()

    async def close(self) -> None:
        """Stops listening and cuts what is open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                request = await _read_request(reader)
            await self._state.faults.gate()
            writer.write(json.dumps(answer(self._state, request)).encode() + b"\0")
            await writer.drain()
        except (TimeoutError, ConnectionError):
            pass  # a caller that said nothing, or left: there is nobody to answer
        finally:
            self._open.discard(writer)
            writer.close()


async def _read_request(reader: asyncio.StreamReader) -> object:
    """Reads until the bytes are JSON: callers end neither the line nor the stream."""
    received = b""
    while len(received) < _LONGEST_REQUEST:
        part = await reader.read(_LONGEST_REQUEST)
        received += part
        try:
            return json.loads(received.rstrip(b"\0\n"))
        except ValueError:
            if not part:
                break
    return None


def answer(state: MinerState, request: object) -> dict[str, object]:
    """The answer to one request; `a+b` joins commands, each under its own name."""
    command = request.get("command") if isinstance(request, Mapping) else None
    if not isinstance(command, str):
        return _complain(state, "invalid")
    names = command.split("+")
    if len(names) == 1:
        return _one(state, command)
    return {**{name: [_one(state, name)] for name in names}, "id": 1}


def _one(state: MinerState, command: str) -> dict[str, object]:
    if command in ("pause", "resume"):
        state.history.record(command)
        (state.pause if command == "pause" else state.resume)()
        return {"STATUS": [_status(state, "S", 118, f"{command.title()} mining")], "id": 1}
    section = _SECTIONS.get(command)
    if section is None:
        return _complain(state, command)
    name, make = section
    return {"STATUS": [_status(state, "S", 7, command)], name: make(state), "id": 1}


def _complain(state: MinerState, command: str) -> dict[str, object]:
    status = _status(state, "E", _INVALID_COMMAND, f"Invalid command: {command[:40]}")
    return {"STATUS": [status], "id": 1}


def _status(state: MinerState, letter: str, code: int, message: str) -> dict[str, object]:
    when = int(state.clock.now().timestamp())
    description = f"BOSer {state.version}"
    return {
        "STATUS": letter,
        "When": when,
        "Code": code,
        "Msg": message,
        "Description": description,
    }


def _version(state: MinerState) -> Section:
    return [{"BOSer": state.version, "BOSminer+": state.version, "API": _API}]


def _summary(state: MinerState) -> Section:
    rates = {f"MHS {name}": state.gigahash(s) * 1000 for name, s in _WINDOWS.items()}
    accepted = state.shares()
    counts: dict[str, object] = {"Accepted": accepted, "Rejected": accepted // 500}
    return [{"Elapsed": state.daemon_uptime(), **rates, **counts}]


def _devs(state: MinerState) -> Section:
    count = len(state.profile.board_ids)
    rates = {f"MHS {name}": state.gigahash(s) * 1000 / count for name, s in _WINDOWS.items()}
    nominal = state.nominal_gigahash() * 1000 / count
    fixed: dict[str, object] = {"Nominal MHS": nominal, "Status": "Alive", "Enabled": "Y"}
    return [{"ASC": i, "ID": int(b), **rates, **fixed} for i, b in _boards(state)]


def _devdetails(state: MinerState) -> Section:
    profile = state.profile
    details = {"Model": profile.model, "Chips": profile.chips_per_board, "Name": "HBD"}
    return [
        {"DEVDETAILS": i, "ID": int(b), "Voltage": 13.2, "Frequency": 545_000_000, **details}
        for i, b in _boards(state)
    ]


def _temps(state: MinerState) -> Section:
    chip = state.temperature()
    return [
        {"TEMP": i, "ID": int(b), "Chip": chip - i, "Board": chip - i - 12}
        for i, b in _boards(state)
    ]


def _fans(state: MinerState) -> Section:
    percent = round(100 * speed_ratio(state))
    return [
        {"FAN": i, "ID": i, "RPM": fan_rpm(state, i), "Speed": percent}
        for i in range(state.profile.fans)
    ]


def _pools(state: MinerState) -> Section:
    alive = not state.faults.dead_pools
    pools = [pool for group in state.settings.pool_groups for pool in group.pools]
    return [
        {
            "POOL": i,
            "URL": pool.url,
            "User": pool.user,
            "Status": "Alive" if alive else "Dead",
            "Accepted": state.shares() if i == 0 else 0,
            "Rejected": 0,
            "Stratum Active": alive and i == 0,
        }
        for i, pool in enumerate(pools)
    ]


def _tunerstatus(state: MinerState) -> Section:
    words = "Tuning individual chips" if state.ramping() else "Stable"
    chains = [{"HashchainIndex": int(b), "Status": words} for _, b in _boards(state)]
    limit = round(state.target_watts())
    return [
        {
            "PowerLimit": limit,
            "ApproximateMinerPowerConsumption": state.watts(),
            "TunerChainStatus": chains,
        }
    ]


def _boards(state: MinerState) -> enumerate[str]:
    return enumerate(state.profile.board_ids)


_WINDOWS = {"5s": 5, "1m": 60, "5m": 300, "15m": 900, "24h": 86400, "av": 1 << 40}
_SECTIONS: dict[str, tuple[str, Callable[[MinerState], Section]]] = {
    "version": ("VERSION", _version),
    "summary": ("SUMMARY", _summary),
    "devs": ("DEVS", _devs),
    "devdetails": ("DEVDETAILS", _devdetails),
    "temps": ("TEMPS", _temps),
    "fans": ("FANS", _fans),
    "pools": ("POOLS", _pools),
    "tunerstatus": ("TUNERSTATUS", _tunerstatus),
    "stats": ("STATS", lambda _state: []),
    "coin": ("COIN", lambda _state: [{"Hash Method": "sha256"}]),
    "config": ("CONFIG", lambda _state: [{"OS": "Braiins OS"}]),
}
