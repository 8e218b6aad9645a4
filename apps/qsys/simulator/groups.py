"""Change groups as the Core keeps them: a set of dirty controls each, never a scan."""

from __future__ import annotations

import msgspec

from apps.qsys.simulator.control import Control
from apps.qsys.simulator.meters import Round


class Moving:
    """The members of a group that move alike: at any time the ends of their JSON are the same."""

    def __init__(self, kind: Round) -> None:
        self.heads: dict[Control, bytes] = {}
        self.told = b""
        self._round = kind

    def change(self, now: float) -> bytes:
        """Their changes as JSON, with commas between; empty when they stand still."""
        tail = self._round.tail(self._round.step(now))
        if tail == self.told:
            return b""
        self.told = tail
        return (tail + b",").join(self.heads.values()) + tail


class Group:
    """One change group of one connection. `members` maps a control to its alias, if named."""

    def __init__(self, group: str | int) -> None:
        self.id = group
        self.members: dict[Control, str | None] = {}
        self.dirty: dict[Control, None] = {}
        self._moving: dict[Round, Moving] = {}

    def add(self, control: Control, alias: str | None = None) -> None:
        """Watch a control; it counts as changed. Its name, once given, wins over the component."""
        if control not in self.members:
            self.members[control] = alias
            if control.round is None:
                control.watchers.append(self)
        elif alias is not None:
            self.members[control] = alias
        if control.round is None:
            self.dirty[control] = None
        else:
            moving = self._moving.setdefault(control.round, Moving(control.round))
            moving.heads[control] = control.head(self.members[control])
            moving.told = b""

    def remove(self, control: Control) -> None:
        """Watch a control no more."""
        if self.members.pop(control, "") == "":
            return
        if control.round is None:
            control.watchers.remove(self)
            self.dirty.pop(control, None)
            return
        moving = self._moving[control.round]
        del moving.heads[control]
        if not moving.heads:
            del self._moving[control.round]

    def clear(self) -> None:
        """Watch nothing; also what must happen before a group is forgotten."""
        for control in self.members:
            if control.round is None:
                control.watchers.remove(self)
        self.members.clear()
        self.dirty.clear()
        self._moving.clear()

    def invalidate(self) -> None:
        """Count everything as changed."""
        self.dirty = {control: None for control in self.members if control.round is None}
        for moving in self._moving.values():
            moving.told = b""

    def poll(self, now: float) -> msgspec.Raw:
        """The changes since the last poll, as a JSON array."""
        dirty, self.dirty = self.dirty, {}
        parts = [control.encoded(self.members[control]) for control in dirty]
        parts += [part for one in self._moving.values() if (part := one.change(now))]
        return msgspec.Raw(b"[" + b",".join(parts) + b"]")
