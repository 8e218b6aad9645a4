"""QsysSession: what can be asked of a Core, typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from apps.qsys.client.groups import POLL, ChangeGroup, PollHandler, StandingPoll
from apps.qsys.client.rpc import RpcSession, read
from apps.qsys.client.transport import Transport
from apps.qsys.client.wire import (
    Changes,
    Component,
    ComponentControls,
    ControlSet,
    ControlState,
    EngineStatus,
    Incoming,
    Poll,
    PollFrame,
    SetResult,
)

T = TypeVar("T")
POLLS = (POLL, "ChangeGroup.AutoPoll")

_decode_poll = msgspec.json.Decoder(PollFrame).decode


class QsysSession(RpcSession):
    """A session with typed methods and the two pushes: engine status and automatic polls.

    Handlers run in the event loop as frames arrive, so they must be quick and must not raise.
    All errors are QsysError; see RpcSession for what happens when the connection goes.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        timeout: float = 5.0,
        keepalive: float = 30.0,
        api_key: str | None = None,
        on_status: Callable[[EngineStatus], None] | None = None,
        on_poll: PollHandler | None = None,
    ) -> None:
        super().__init__(transport, timeout=timeout, keepalive=keepalive, api_key=api_key)
        self.engine: EngineStatus | None = None
        """The last status that the Core pushed or answered."""
        self._on_status = on_status
        self._on_poll = on_poll
        self._automatic: dict[str, PollHandler | None] = {}
        self._polls = 0
        self._listeners: dict[str, Callable[[msgspec.Raw], None]] = {}

    # -- the Core

    async def logon(self, user: str, pin: str, *, timeout: float | None = None) -> None:
        """Log on for external control; raises QsysRefused when name or PIN is wrong."""
        await self.ask("Logon", {"User": user, "Password": pin}, timeout=timeout)

    async def status(self, *, timeout: float | None = None) -> EngineStatus:
        """Ask for the engine status."""
        self.engine = await self.call("StatusGet", 0, EngineStatus, timeout=timeout)
        return self.engine

    async def no_op(self, *, timeout: float | None = None) -> None:
        """A round trip without effect; use it to measure, the keep-alive works by itself."""
        await self.ask("NoOp", {}, timeout=timeout)

    # -- components and controls

    async def components(self, *, timeout: float | None = None) -> list[Component]:
        """Components with a Code Name and script access External or All; often none, then ask
        the designer to set these."""
        return await self.call("Component.GetComponents", {}, list[Component], timeout=timeout)

    async def controls(self, component: str, *, timeout: float | None = None) -> list[ControlState]:
        """All controls of a component with type, range and direction."""
        params = {"Name": component}
        answer = await self.call(
            "Component.GetControls", params, ComponentControls, timeout=timeout
        )
        return answer.controls

    async def component_get(
        self, component: str, controls: Sequence[str], *, timeout: float | None = None
    ) -> list[ControlState]:
        """State of some controls of a component."""
        params = {"Name": component, "Controls": [{"Name": name} for name in controls]}
        answer = await self.call("Component.Get", params, ComponentControls, timeout=timeout)
        return answer.controls

    async def component_set(
        self,
        component: str,
        sets: Sequence[ControlSet],
        *,
        response_values: bool = True,
        timeout: float | None = None,
    ) -> SetResult:
        """Set controls of a component in one request.

        With `response_values` the result has the new states, at the start of a ramp; without, the
        control names which the Core did not know.
        """
        params: dict[str, Any] = {"Name": component, "Controls": [one.params() for one in sets]}
        if response_values:
            params["ResponseValues"] = True
        answer = await self.ask("Component.Set", params, timeout=timeout)
        return _set_result(answer.body, "Component.Set")

    async def control_get(
        self, names: Sequence[str], *, timeout: float | None = None
    ) -> list[ControlState]:
        """State of named controls, which cannot be listed."""
        return await self.call("Control.Get", list(names), list[ControlState], timeout=timeout)

    async def control_set(self, one: ControlSet, *, timeout: float | None = None) -> SetResult:
        """Set one named control."""
        answer = await self.ask("Control.Set", one.params(), timeout=timeout)
        return _set_result(answer.body, "Control.Set")

    # -- change groups

    def group(self, group: str) -> ChangeGroup:
        """A handle on the change group with this id; asks the Core nothing yet."""
        return ChangeGroup(self, group, self._automatic)

    def numbered(self, method: str) -> int:
        """The number of a poll, in order of arrival."""
        if method not in POLLS:
            return 0
        self._polls += 1
        return self._polls

    def taken(self, frame: bytes, received_ns: int) -> bool:
        """Read a poll in one pass; whatever turns out to be something else goes the long way."""
        if not (self._stands or self._automatic):
            return False
        try:
            poll = _decode_poll(frame)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return False
        if poll.method == POLL and poll.params is not None:
            return self._poll_told(poll.params, received_ns)
        if poll.method is not None or poll.result is None or not isinstance(poll.id, int):
            return False
        _, waiting = self._pending.get(poll.id, (None, None))
        if not isinstance(waiting, StandingPoll):
            return False
        self.forget(poll.id)
        waiting.told(poll.result.changes, received_ns, self.numbered(POLL))
        return True

    # -- pushes

    def listen(self, method: str, kind: type[T], handler: Callable[[T], None]) -> None:
        """Hand pushes of a method, read as `kind`, to `handler`; one handler a method."""
        decode = msgspec.json.Decoder(kind).decode
        self._listeners[method] = lambda params: handler(decode(params))

    def pushed(self, incoming: Incoming, received_ns: int) -> bool:
        """Engine status; automatic polls, which come as `params` of a notification or, in some
        versions, again as a `result`."""
        try:
            if incoming.method == "EngineStatus":
                self._status_pushed(msgspec.json.decode(incoming.params, type=EngineStatus))
                return True
            if incoming.method == POLL:
                return self._poll_pushed(incoming.params, received_ns)
            if incoming.method in self._listeners:
                self._listeners[incoming.method](incoming.params)
                return True
            if incoming.method is None and self._automatic and incoming.error is None:
                return self._poll_pushed(incoming.body, received_ns)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self.counters.garbage += 1
            return True
        return super().pushed(incoming, received_ns)

    def _status_pushed(self, status: EngineStatus) -> None:
        self.engine = status
        if self._on_status is not None:
            self._on_status(status)

    def _poll_pushed(self, body: msgspec.Raw, received_ns: int) -> bool:
        return self._poll_told(msgspec.json.decode(body, type=Changes), received_ns)

    def _poll_told(self, changes: Changes, received_ns: int) -> bool:
        group = str(changes.id)
        if group not in self._automatic:
            return False
        number = self.numbered(POLL)
        poll = Poll(group, changes.changes, received_ns, number)
        handler = self._automatic[group] or self._on_poll
        if handler is not None:
            handler(poll)
        return True


def _set_result(body: msgspec.Raw, method: str) -> SetResult:
    """Read what firmware says to a set: states, unknown names, or any acknowledgement."""
    start = bytes(memoryview(body)[:1])
    entries: list[str | ControlState] = []
    if start == b"[":
        entries = read(body, list[str | ControlState], method)
    elif start == b"{" and b'"Name"' in bytes(body):
        entries = [read(body, ControlState, method)]
    states = [x for x in entries if isinstance(x, ControlState) and _has_state(x)]
    unknown = [x if isinstance(x, str) else x.name for x in entries if x not in states]
    return SetResult(states, unknown)


def _has_state(control: ControlState) -> bool:
    """An unknown control may be listed as an object with nothing but its name."""
    return control.value is not None or control.string != ""
