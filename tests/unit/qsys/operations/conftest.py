"""A simulated Core on the device loop, as operations meet it, and its device row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.fleet import loop as device_loop
from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.valkey import valkey
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.outcome import Outcome
from apps.qsys.simulator import Core, CoreHost, demo_design
from tests.support import factories
from tests.support.polling import allow, registered


@pytest.fixture
def host() -> Iterator[CoreHost]:
    """A listening Core with a demo design."""
    yield from running(Core(demo_design(60, 2)))


def running(core: Core) -> Iterator[CoreHost]:
    """Let a Core listen on the device loop until the test ends."""
    made = CoreHost(core, "127.0.0.1", ports={"qrc": 0})
    device_loop.run(made.listen())
    yield made
    device_loop.run(made.stop())
    sessions.stop()


@pytest.fixture
def device(db: None, settings: Any, host: CoreHost) -> Device:
    """Its row, its address allowed."""
    valkey().flushdb()
    settings.CONFIG = settings.CONFIG
    allow(host)
    return registered(host)


@pytest.fixture
def operator(device: Device) -> Actor:
    return factories.actor_of("operator", device.tenant)


@pytest.fixture
def call(device: Device, operator: Actor) -> Callable[..., Outcome]:
    """Calls an operation on the Core as its operator; `_`-names go to the call itself."""

    def calling(operation: str, *, by: Actor | None = None, **members: Any) -> Outcome:
        own = {name[1:]: members.pop(name) for name in list(members) if name.startswith("_")}
        given = {"device": str(device.id), **members}
        own.setdefault("face", Face.REST)
        return invoke(Call(operation=operation, input=given, actor=by or operator, **own))

    return calling
