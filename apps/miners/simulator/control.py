"""The script interface of the simulator: one JSON object a line in, one a line out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from apps.miners.simulator.device import SimulatedMiner
from apps.miners.simulator.scripting import BadCommand, clear, inject

Request = Mapping[str, object]

# A history of thousands of entries travels as one line.
_LINE_LIMIT = 16 << 20


class Control:
    """Takes commands for the miners of one process over a unix socket."""

    def __init__(self, miners: Mapping[str, SimulatedMiner]) -> None:
        self._miners = miners
        self._server: asyncio.Server | None = None

    async def open(self, path: Path) -> None:
        """Listens on `path`, for this account only; a stale socket there is replaced."""
        _remove(path)
        self._server = await asyncio.start_unix_server(self._serve, path, limit=_LINE_LIMIT)
        _keep_private(path)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async for line in reader:
                answer = await self.answer(line)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            pass  # the script left; nothing waits for the answer
        finally:
            writer.close()

    async def answer(self, line: bytes) -> dict[str, object]:
        """The answer to one line; bad input is answered, never raised."""
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise BadCommand("a command is a JSON object")
            if request.get("do") == "miners":
                return {"ok": True, "miners": [_describe(m) for m in self._miners.values()]}
            miner = self._find(request)
            return {"ok": True, **await _action(request)(miner, request)}
        except (ValueError, BadCommand) as error:
            return {"ok": False, "error": str(error)}

    def _find(self, request: Request) -> SimulatedMiner:
        wanted = request.get("miner")
        for miner in self._miners.values():
            if wanted in (miner.address, miner.state.profile.hostname):
                return miner
        raise BadCommand(f"no miner {wanted!r} here; there are {', '.join(self._miners)}")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _keep_private(path: Path) -> None:
    path.chmod(0o600)


async def _fault(miner: SimulatedMiner, request: Request) -> dict[str, object]:
    await inject(miner, request)
    return {}


async def _heal(miner: SimulatedMiner, request: Request) -> dict[str, object]:
    name = request.get("fault")
    await clear(miner, None if name is None else str(name))
    return {}


async def _history(miner: SimulatedMiner, request: Request) -> dict[str, object]:
    what = request.get("what")
    return {"history": miner.state.history.entries(what if isinstance(what, str) else None)}


async def _forget_history(miner: SimulatedMiner, _request: Request) -> dict[str, object]:
    miner.state.history.forget()
    return {}


async def _state(miner: SimulatedMiner, _request: Request) -> dict[str, object]:
    state = miner.state
    images = len(state.history.entries("image"))
    return {
        "state": {
            "version": state.version,
            "status": int(state.status()),
            "watts": state.watts(),
            "terahash": state.gigahash(5) / 1000,
            "uptime": state.uptime(),
            "located": state.located,
            "task": state.task,
            "images": images,
        }
    }


Action = Callable[[SimulatedMiner, Request], Awaitable[dict[str, object]]]
_ACTIONS: dict[str, Action] = {
    "fault": _fault,
    "heal": _heal,
    "history": _history,
    "forget_history": _forget_history,
    "state": _state,
}


def _describe(miner: SimulatedMiner) -> dict[str, object]:
    ports = miner.ports
    return {
        "miner": miner.address,
        "name": miner.state.profile.hostname,
        "ports": {"grpc": ports.grpc, "cgminer": ports.cgminer, "http": ports.http},
    }


def _action(request: Request) -> Action:
    action = _ACTIONS.get(str(request.get("do")))
    if action is None:
        raise BadCommand(f"do must be one of miners, {', '.join(_ACTIONS)}")
    return action
