"""One client's connection as the Core sees it: requests in, answers and pushes out."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from apps.qsys.simulator.core import GROUPS_A_CORE, GROUPS_A_PEER, Core
from apps.qsys.simulator.groups import Group
from apps.qsys.simulator.rpc import (
    INVALID_REQUEST,
    LOGON_REQUIRED,
    METHOD_NOT_FOUND,
    NO_MORE_GROUPS,
    PARSE_ERROR,
    STANDBY,
    UNKNOWN_GROUP,
    RpcError,
)

_numbers = itertools.count(1)
ALWAYS_ALLOWED = ("NoOp", "Logon")
ALLOWED_IN_STANDBY = (*ALWAYS_ALLOWED, "StatusGet")


class Outlet(Protocol):
    """Where a peer's frames go: a face of the Core that knows the framing."""

    def send(self, frame: bytes) -> None:
        """Send one JSON text."""

    def pour(self) -> None:
        """Begin the frame without end that the faults want."""

    def reset(self) -> None:
        """Cut the connection at once."""


Method = Callable[["Peer", Any], Any]


class Peer:
    """The state of one connection: logon, change groups, automatic polls."""

    def __init__(self, core: Core, face: str, outlet: Outlet, methods: dict[str, Method]) -> None:
        self.core = core
        self.face = face
        self.number = next(_numbers)
        self.groups: dict[str | int, Group] = {}
        self.automatic: dict[str | int, asyncio.TimerHandle] = {}
        self.hears_zones = False
        self.logged_on = not core.users and not core.api_keys
        self._outlet = outlet
        self._methods = methods

    def opened(self) -> None:
        """The connection stands: greet with the engine status."""
        self.core.peers[self.number] = self
        self.push("EngineStatus", self.core.engine_status())

    def lost(self) -> None:
        """The connection is gone, and the change groups with it."""
        self.core.peers.pop(self.number, None)
        self.drop_groups()

    def reset(self) -> None:
        """Cut the connection."""
        self._outlet.reset()

    # -- requests

    def received(self, text: bytes) -> None:
        """One JSON text from the client."""
        if self.core.faults.hang:
            return
        try:
            request = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._fail(None, RpcError(PARSE_ERROR, "Parse error"))
            return
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            self._fail(None, RpcError(INVALID_REQUEST, "Invalid request"))
            return
        if request.get("apiKey") in self.core.api_keys:
            self.logged_on = True
        self._perform(request["method"], request.get("params"), request)

    def _perform(self, name: str, params: Any, request: dict[str, Any]) -> None:
        self.core.record(self, name, params)
        if name in self.core.faults.ignore:
            return
        try:
            result = self._run(name, params)
        except RpcError as error:
            self._fail(request.get("id"), error)
            return
        if "id" in request and name not in self.core.faults.swallow:
            key = self.core.dialect.result_key
            self._answer({key: result, "id": request["id"]})

    def _run(self, name: str, params: Any) -> Any:
        reject = self.core.faults.reject.get(name)
        if reject is not None:
            raise RpcError(reject.code, reject.message)
        if not self.logged_on and name not in ALWAYS_ALLOWED:
            raise RpcError(LOGON_REQUIRED, "Logon required")
        if self.core.state == "Standby" and name not in ALLOWED_IN_STANDBY:
            raise RpcError(STANDBY, "Core is in standby")
        method = self._methods.get(name)
        if method is None:
            raise RpcError(METHOD_NOT_FOUND, f"Method '{name}' not found")
        return method(self, params)

    # -- answers and pushes

    def push(self, method: str, params: Any) -> None:
        """Send a notification."""
        if not (self.core.faults.hang or self.core.faults.quiet):
            self._answer({"method": method, "params": params})

    def push_changes(self, group: Group) -> None:
        """Send what an automatic poll found."""
        if self.core.faults.hang or self.core.faults.quiet:
            return
        body = {"Id": group.id, "Changes": group.poll(self.core.advance())}
        if self.core.dialect.push_key == "result":
            self._answer({"result": body})
        else:
            self.push("ChangeGroup.Poll", body)

    def _fail(self, request_id: Any, error: RpcError) -> None:
        self._answer({"error": {"code": error.code, "message": error.words}, "id": request_id})

    def _answer(self, message: dict[str, Any]) -> None:
        if self.core.faults.endless:
            self._outlet.pour()
            return
        for _ in range(self.core.faults.garbage):
            self._outlet.send(b'{"jsonrpc":"2.0","res\xff')
        if self.core.dialect.jsonrpc:
            message = {"jsonrpc": "2.0", **message}
        self._outlet.send(msgspec.json.encode(message))

    # -- change groups

    def group(self, group: str | int) -> Group:
        """An existing group; raises error 6."""
        found = self.groups.get(group)
        if found is None:
            raise RpcError(UNKNOWN_GROUP, f"Change group '{group}' does not exist")
        return found

    def group_or_new(self, group: str | int) -> Group:
        """A group, made if need be; raises error 5 beyond what a connection or Core may have."""
        found = self.groups.get(group)
        if found is not None:
            return found
        if len(self.groups) >= GROUPS_A_PEER or self.core.group_count() >= GROUPS_A_CORE:
            raise RpcError(NO_MORE_GROUPS, "Change groups exhausted")
        self.groups[group] = made = Group(group)
        return made

    def drop_group(self, group: str | int) -> None:
        """Forget one group and its automatic poll."""
        self.group(group).clear()
        del self.groups[group]
        timer = self.automatic.pop(group, None)
        if timer is not None:
            timer.cancel()

    def drop_groups(self) -> None:
        """Forget all groups."""
        for group in tuple(self.groups):
            self.drop_group(group)

    def poll_every(self, group: Group, rate: float) -> None:
        """Push the group's changes every `rate` seconds, on a grid, until the group is gone."""
        previous = self.automatic.pop(group.id, None)
        if previous is not None:
            previous.cancel()
        self._poll_at(asyncio.get_running_loop().time() + rate, group, rate)

    def _poll_at(self, due: float, group: Group, rate: float) -> None:
        loop = asyncio.get_running_loop()
        self.automatic[group.id] = loop.call_at(due, self._poll_due, due, group, rate)

    def _poll_due(self, due: float, group: Group, rate: float) -> None:
        self.push_changes(group)
        now = asyncio.get_running_loop().time()
        # A push that is late by whole periods is not made up for.
        self._poll_at(max(due + rate, now - rate), group, rate)
