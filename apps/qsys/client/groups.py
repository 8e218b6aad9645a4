"""Change groups: the Core's own list of what has changed since the last look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from apps.qsys.client.errors import QsysError, QsysUnreachable
from apps.qsys.client.rpc import Answer, RpcSession
from apps.qsys.client.wire import Change, Changes, ControlState, FullChanges, Poll

PollHandler: TypeAlias = Callable[[Poll], None]
POLL = "ChangeGroup.Poll"

_decode_changes = msgspec.json.Decoder(Changes).decode


class ChangeGroup:
    """A handle on one group of one session, at most four of which a connection may have.

    The Core makes the group when the first control is added and forgets it with the connection,
    at a design reload and at a restart: QsysRejected with code 6 then says so, and the caller
    adds its controls again. Keep named controls in a group of their own: a control that is
    reachable both ways appears once, under its name. `automatic` holds the groups whose pushes
    the session takes, and who wants them; the group enters and leaves it.
    """

    def __init__(
        self, session: RpcSession, group: str, automatic: dict[str, PollHandler | None]
    ) -> None:
        self.id = group
        self._session = session
        self._automatic = automatic
        self._params = {"Id": group}

    async def add(
        self, component: str, controls: Sequence[str], *, timeout: float | None = None
    ) -> None:
        """Add controls of a component; raises QsysRejected 5 (groups exhausted), 7 or 8."""
        names = [{"Name": name} for name in controls]
        await self._do(
            "ChangeGroup.AddComponentControl",
            {"Component": {"Name": component, "Controls": names}},
            timeout,
        )

    async def add_named(self, names: Sequence[str], *, timeout: float | None = None) -> None:
        """Add named controls."""
        await self._do("ChangeGroup.AddControl", {"Controls": list(names)}, timeout)

    async def remove_named(self, names: Sequence[str], *, timeout: float | None = None) -> None:
        """Remove named controls; the protocol has no removal for controls of a component."""
        await self._do("ChangeGroup.Remove", {"Controls": list(names)}, timeout)

    async def clear(self, *, timeout: float | None = None) -> None:
        """Remove all controls and keep the group."""
        await self._do("ChangeGroup.Clear", {}, timeout)

    async def invalidate(self, *, timeout: float | None = None) -> None:
        """Make the next poll tell all controls."""
        await self._do("ChangeGroup.Invalidate", {}, timeout)

    async def destroy(self, *, timeout: float | None = None) -> None:
        """Forget the group, and its automatic polling with it."""
        self._automatic.pop(self.id, None)
        await self._do("ChangeGroup.Destroy", {}, timeout)

    async def poll(self, *, timeout: float | None = None) -> Poll:
        """What changed since the last poll; the first one tells all. Made for 33 polls a second."""
        answer = await self._session.ask(POLL, self._params, timeout=timeout)
        return _poll_of(self.id, answer)

    def standing(self, take: PollHandler, failed: Callable[[QsysError], None]) -> StandingPoll:
        """Polls that nobody awaits: made once, asked at every tick."""
        return StandingPoll(self._session, self.id, take, failed)

    async def poll_full(self, *, timeout: float | None = None) -> list[ControlState]:
        """Like `poll`, with all metadata (choices, legend, disabled ...)."""
        body = await self._session.call(POLL, self._params, FullChanges, timeout=timeout)
        return body.changes

    async def autopoll(
        self, rate: float, handler: PollHandler | None = None, *, timeout: float | None = None
    ) -> Poll:
        """Let the Core push changes every `rate` seconds to `handler`, or the session's `on_poll`.

        Returns the full state, or no changes where the firmware only acknowledges. Rates below
        0.1 s are not proven on real Cores: poll instead.
        """
        self._automatic[self.id] = handler
        params = {**self._params, "Rate": rate}
        answer = await self._session.ask("ChangeGroup.AutoPoll", params, timeout=timeout)
        return Poll(self.id, _changes_of(answer.body), answer.received_ns, answer.number)

    async def _do(self, method: str, params: dict[str, Any], timeout: float | None) -> None:
        await self._session.ask(method, {**self._params, **params}, timeout=timeout)


class StandingPoll:
    """One poll of a group after the other; each answer goes to `take` in the event loop, at once.

    `failed` gets why there is none. It has no deadline: whoever asks watches the time. Both must
    be quick and must not raise.
    """

    def __init__(
        self,
        session: RpcSession,
        group: str,
        take: PollHandler,
        failed: Callable[[QsysError], None],
    ) -> None:
        self._session = session
        self._group = group
        self._params = {"Id": group}
        self._take = take
        self._number: int | None = None
        self.set_exception = failed

    def ask(self) -> bool:
        """Send one; False when the Core takes nothing in. Raises QsysUnreachable (not sent)."""
        self._number = self._session.ask_for(self, POLL, self._params)
        return self._number is not None

    def forget(self) -> None:
        """Wait no more."""
        if self._number is not None:
            self._session.forget(self._number)

    def unanswered(self, within: float) -> QsysUnreachable:
        """What to raise after so many seconds without an answer."""
        message = f"{self._session.peer} has not answered {POLL} within {within:.1f} s"
        return QsysUnreachable(message, sent=True, timed_out=True)

    # -- in the place of a future

    def done(self) -> bool:
        """Never: what comes late was forgotten."""
        return False

    def set_result(self, answer: Answer) -> None:
        """An answer that is still JSON."""
        try:
            poll = _poll_of(self._group, answer)
        except QsysError as error:
            self.set_exception(error)
            return
        self._take(poll)

    def told(self, changes: list[Change], received_ns: int, number: int) -> None:
        """An answer that has been read."""
        self._take(Poll(self._group, changes, received_ns, number))


def _poll_of(group: str, answer: Answer) -> Poll:
    try:
        changes = _decode_changes(answer.body).changes
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        message = f"the answer to {POLL} could not be read: {error}"
        raise QsysUnreachable(message, sent=True) from error
    return Poll(group, changes, answer.received_ns, answer.number)


def _changes_of(body: msgspec.Raw) -> list[Change]:
    """The changes in an answer to AutoPoll, some versions of which only acknowledge."""
    try:
        return _decode_changes(body).changes
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return []
