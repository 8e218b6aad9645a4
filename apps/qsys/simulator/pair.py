"""Two simulated Cores that back each other up: one is active, the other stands by."""

from __future__ import annotations

import asyncio

from apps.qsys.simulator.core import Core
from apps.qsys.simulator.host import CoreHost
from apps.qsys.simulator.spec import DesignSpec


class Pair:
    """A redundant pair. The standby Core runs the same design under the same code.

    It refuses what it is asked, and takes the state of the active one over when it gets active.
    As with real Cores there is no way back by itself.
    """

    def __init__(self, first: CoreHost, second: CoreHost) -> None:
        self.hosts = (first, second)
        for host in self.hosts:
            host.pair = self
            host.core.redundant = True
        self.deploy()
        first.core.become("Active")
        second.core.become("Standby")

    def active(self) -> CoreHost | None:
        """The Core that serves; None while none does."""
        return next((host for host in self.hosts if host.core.state == "Active"), None)

    def partner(self, host: CoreHost) -> CoreHost:
        """The other Core."""
        first, second = self.hosts
        return second if host is first else first

    def deploy(self, design: DesignSpec | None = None) -> None:
        """Run a design on both under one new code; sockets are reset."""
        first, second = self.hosts
        first.reload(design)
        second.reload(first.core.design)
        second.core.code = first.core.code

    async def switch_over(self, seconds: float = 0.0) -> CoreHost:
        """The other Core gets active; for so many seconds before that, none is."""
        old = self.active() or self.hosts[0]
        old.core.become("Standby")
        await asyncio.sleep(seconds)
        return self._take_over(old)

    async def fail(self, seconds: float = 0.0) -> CoreHost:
        """The active Core falls off the network; after so many seconds the other gets active."""
        old = self.active() or self.hosts[0]
        await old.refuse()
        old.cut()
        await asyncio.sleep(seconds)
        new = self._take_over(old)
        old.core.become("Standby")
        return new

    def _take_over(self, old: CoreHost) -> CoreHost:
        new = self.partner(old)
        _copy(old.core, new.core)
        new.core.become("Active")
        return new


def _copy(old: Core, new: Core) -> None:
    """Values as they are now, where both designs have the control."""
    old.advance()
    for component in new.components.values():
        source = old.components.get(component.name)
        for name, control in component.controls.items():
            if source is not None and name in source.controls:
                control.settle(source.controls[name].value)
                control.write(source.controls[name].text)
