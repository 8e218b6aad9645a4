"""The door for tests and demos: JSON lines that inject faults, act as the panel, read the history.

One request a line, one answer a line, over a Unix socket or a loopback port. A request names the
Core by its address and what to `do`; an answer has `"ok": true` and what was asked for, or
`"ok": false` and `error`.

    {"core": "127.20.0.1", "do": "fault", "set": {"delay": 0.5, "swallow": ["Component.Set"]}}
    {"core": "127.20.0.1", "do": "heal"}                      every fault off, listening again
    {"core": "127.20.0.1", "do": "refuse"}                    close the doors
    {"core": "127.20.0.1", "do": "reboot", "seconds": 5, "booting": 1}
    {"core": "127.20.0.1", "do": "reload"}                    new design code, sockets reset
    {"core": "127.20.0.1", "do": "reload", "design": "arena"} another design: a sample or a file
    {"core": "127.20.0.1", "do": "cut"}                       reset every connection
    {"core": "127.20.0.1", "do": "forget_groups"}
    {"core": "127.20.0.1", "do": "state", "state": "Standby", "redundant": true}
    {"core": "127.20.0.1", "do": "switch_over", "seconds": 3}  of a pair: the other one serves
    {"core": "127.20.0.1", "do": "fail_over", "seconds": 10}   the active one falls off the network
    {"core": "127.20.0.1", "do": "status", "code": 2, "string": "Fault - 1 Fault"}
    {"core": "127.20.0.1", "do": "storm", "count": 50}        engine status pushes
    {"core": "127.20.0.1", "do": "dialect", "set": {"jsonrpc": false, "ack": {}}}
    {"core": "127.20.0.1", "do": "set", "component": "Lobby Gain", "control": "gain", "value": -6}
    {"core": "127.20.0.1", "do": "get", "component": "Lobby Gain", "control": "gain"}
    {"core": "127.20.0.1", "do": "history", "method": "Component.Set"}
    {"core": "127.20.0.1", "do": "forget_history"}
    {"do": "cores"}                                           every Core with ports and fingerprint

`fault` takes the members of faults.Faults, `dialect` those of faults.Dialect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from apps.qsys.simulator.designs import DesignError, load_design
from apps.qsys.simulator.faults import Faults
from apps.qsys.simulator.host import CoreHost
from apps.qsys.simulator.pair import Pair

T = TypeVar("T", bound=msgspec.Struct)
Answer = dict[str, Any]
LONGEST_LINE = 1024 * 1024


class Order(msgspec.Struct):
    """A request; which members count depends on `do`."""

    do: str
    core: str = ""
    set: dict[str, Any] = {}
    seconds: float = 1.0
    booting: float = 0.0
    state: str = "Active"
    redundant: bool | None = None
    code: int = 0
    string: str = "OK"
    count: int = 1
    component: str = ""
    control: str = ""
    value: float | str = 0.0
    method: str | None = None
    design: str = ""


def _replace(held: T, changes: dict[str, Any]) -> None:
    """Take over some members; raises ValidationError for unknown ones or wrong types."""
    kind = type(held)
    unknown = set(changes) - set(kind.__struct_fields__)
    if unknown:
        raise msgspec.ValidationError(f"unknown: {', '.join(sorted(unknown))}")
    checked = msgspec.convert(changes, kind)
    for name in changes:
        setattr(held, name, getattr(checked, name))


async def _fault(host: CoreHost, order: Order) -> Answer:
    _replace(host.core.faults, order.set)
    return {}


async def _heal(host: CoreHost, order: Order) -> Answer:
    _replace(host.core.faults, msgspec.to_builtins(Faults()))
    if not host.listening:
        await host.listen()
    return {}


async def _refuse(host: CoreHost, order: Order) -> Answer:
    await host.refuse()
    return {}


async def _reboot(host: CoreHost, order: Order) -> Answer:
    await host.reboot(order.seconds, order.booting)
    return {}


async def _reload(host: CoreHost, order: Order) -> Answer:
    host.reload(load_design(order.design) if order.design else None)
    return {"code": host.core.code}


async def _cut(host: CoreHost, order: Order) -> Answer:
    host.cut()
    return {}


async def _forget_groups(host: CoreHost, order: Order) -> Answer:
    host.core.forget_groups()
    return {}


async def _state(host: CoreHost, order: Order) -> Answer:
    if order.redundant is not None:
        host.core.redundant = order.redundant
    host.core.become(order.state)
    return {}


async def _switch_over(host: CoreHost, order: Order) -> Answer:
    return {"active": (await _pair_of(host).switch_over(order.seconds)).address}


async def _fail_over(host: CoreHost, order: Order) -> Answer:
    return {"active": (await _pair_of(host).fail(order.seconds)).address}


def _pair_of(host: CoreHost) -> Pair:
    if host.pair is None:
        raise KeyError(f"{host.address} has no partner; start the simulator with --pair")
    return host.pair


async def _status(host: CoreHost, order: Order) -> Answer:
    host.core.status = (order.code, order.string)
    host.core.announce()
    return {}


async def _storm(host: CoreHost, order: Order) -> Answer:
    host.core.announce(order.count)
    return {}


async def _dialect(host: CoreHost, order: Order) -> Answer:
    _replace(host.core.dialect, order.set)
    return {}


async def _set(host: CoreHost, order: Order) -> Answer:
    control = host.core.control(order.component, order.control)
    if isinstance(order.value, str):
        control.write(order.value)
    else:
        host.core.move(control, order.value)
    return await _get(host, order)


async def _get(host: CoreHost, order: Order) -> Answer:
    control = host.core.control(order.component, order.control)
    host.core.advance()
    host.core.look(control)
    return {"control": msgspec.to_builtins(control.rendered())}


async def _history(host: CoreHost, order: Order) -> Answer:
    chosen = [one for one in host.core.history if order.method in (None, one.method)]
    return {"history": msgspec.to_builtins(chosen), "counts": dict(host.core.counts)}


async def _forget_history(host: CoreHost, order: Order) -> Answer:
    host.core.history.clear()
    host.core.counts.clear()
    return {}


ORDERS: dict[str, Callable[[CoreHost, Order], Awaitable[Answer]]] = {
    "fault": _fault,
    "heal": _heal,
    "refuse": _refuse,
    "reboot": _reboot,
    "reload": _reload,
    "cut": _cut,
    "forget_groups": _forget_groups,
    "state": _state,
    "switch_over": _switch_over,
    "fail_over": _fail_over,
    "status": _status,
    "storm": _storm,
    "dialect": _dialect,
    "set": _set,
    "get": _get,
    "history": _history,
    "forget_history": _forget_history,
}


def describe(host: CoreHost) -> Answer:
    """What a test needs to find a Core."""
    return {
        "core": host.address,
        "name": host.core.name,
        "ports": host.ports,
        "fingerprint": host.certificate.fingerprint,
        "design": host.core.design.name,
        "controls": host.core.design.size,
        "connections": len(host.core.peers),
        "listening": host.listening,
    }


async def obey(hosts: dict[str, CoreHost], line: bytes) -> Answer:
    """Carry out one line."""
    try:
        order = msgspec.json.decode(line, type=Order)
        if order.do == "cores":
            return {"ok": True, "cores": [describe(host) for host in hosts.values()]}
        if order.core not in hosts or order.do not in ORDERS:
            known = f"cores: {', '.join(hosts)}; do: cores, {', '.join(ORDERS)}"
            return {"ok": False, "error": f"unknown core or order. {known}"}
        return {"ok": True, **await ORDERS[order.do](hosts[order.core], order)}
    except (msgspec.MsgspecError, DesignError, KeyError, OSError) as error:
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}


def _remove_stale(place: str) -> None:
    """A socket file outlives the process that made it."""
    Path(place).unlink(missing_ok=True)


class ControlInterface:
    """Serves the orders at `place`: a path for a Unix socket, or `HOST:PORT`."""

    def __init__(self, hosts: dict[str, CoreHost], place: str) -> None:
        self._hosts = hosts
        self._place = place
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        """Listen; returns where, with the real port if it was 0."""
        host, colon, port = self._place.rpartition(":")
        if colon and port.isdigit():
            self._server = await asyncio.start_server(
                self._serve, host or "127.0.0.1", int(port), limit=LONGEST_LINE
            )
            found = self._server.sockets[0].getsockname()
            return f"{found[0]}:{found[1]}"
        _remove_stale(self._place)
        self._server = await asyncio.start_unix_server(self._serve, self._place, limit=LONGEST_LINE)
        return self._place

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                answer = await obey(self._hosts, line)
                writer.write(msgspec.json.encode(answer) + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            # A caller that hangs up, or sends a line beyond the limit, is simply gone.
            pass
        finally:
            writer.close()
