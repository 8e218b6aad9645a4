"""Change groups as the Core keeps them: a set of dirty controls each, never a scan."""

from __future__ import annotations

import msgspec

from apps.qsys.simulator.control import Control


class Group:
    """One change group of one connection. `members` maps a control to its alias, if named."""

    def __init__(self, group: str | int) -> None:
        self.id = group
        self.members: dict[Control, str | None] = {}
        self.dirty: dict[Control, None] = {}
        self._meters: dict[Control, None] = {}

    def add(self, control: Control, alias: str | None = None) -> None:
        """Watch a control; it counts as changed. Its name, once given, wins over the component."""
        if control not in self.members:
            control.watchers.append(self)
            self.members[control] = alias
            if control.spec.meter is not None:
                self._meters[control] = None
        elif alias is not None:
            self.members[control] = alias
        self.dirty[control] = None

    def remove(self, control: Control) -> None:
        """Watch a control no more."""
        if self.members.pop(control, "") != "":
            control.watchers.remove(self)
        self.dirty.pop(control, None)
        self._meters.pop(control, None)

    def clear(self) -> None:
        """Watch nothing; also what must happen before a group is forgotten."""
        for control in self.members:
            control.watchers.remove(self)
        self.members.clear()
        self.dirty.clear()
        self._meters.clear()

    def invalidate(self) -> None:
        """Count everything as changed."""
        self.dirty = dict.fromkeys(self.members)

    def poll(self, now: float) -> list[msgspec.Raw]:
        """The changes since the last poll, as JSON."""
        for control in self._meters:
            control.advance(now)
        dirty, self.dirty = self.dirty, {}
        return [self._change(control) for control in dirty]

    def _change(self, control: Control) -> msgspec.Raw:
        alias = self.members[control]
        if alias is None:
            return control.encoded()
        return msgspec.Raw(msgspec.json.encode(control.rendered(alias)))
