"""Names with spaces, dots, slashes and letters of any script mean what they are, in every call."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from apps.fleet.models import Device
from apps.kernel.errors import Code
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.outcome import Outcome
from apps.qsys.simulator import Core, CoreHost, demo_design
from tests.support import factories
from tests.unit.qsys.operations.conftest import running
from tests.unit.qsys.operations.test_reading import refusal

Calling = Callable[..., Outcome]
ODD = ("Bar/Café - Süd", "Hall.1.Left", "会議室 1")


@pytest.fixture
def host() -> Iterator[CoreHost]:
    """A Core whose design is large enough for what people call things."""
    yield from running(Core(demo_design(300, 2)))


def gain(host: CoreHost, component: str) -> float:
    return host.core.control(component, "gain").value


@pytest.mark.parametrize("component", ODD)
def test_a_component_is_listed_read_set_and_undone(
    call: Calling, host: CoreHost, component: str
) -> None:
    path = {"component": component, "control": "gain"}
    before = gain(host, component)
    found = call("qsys.component.list", contains=component).output
    assert found is not None
    assert [one["name"] for one in found["components"]] == [component]
    call("qsys.control.set", **path, value=-30, expect=before)
    assert gain(host, component) == -30
    assert refusal(call, "qsys.control.set", **path, value=-6, expect=before).code is Code.CONFLICT
    call("qsys.control.batch", settings=[{**path, "position": 0.75}])
    assert gain(host, component) == -10
    call("qsys.change.undo")
    call("qsys.change.undo")
    read = call("qsys.control.get", component=component, controls=["gain"]).output
    assert read is not None
    assert read["controls"][0]["value"] == gain(host, component) == -10


def test_a_policy_may_name_them(call: Calling, host: CoreHost, device: Device) -> None:
    engineer = factories.actor_of("engineer", device.tenant)
    data = {"name": "Hall", "component": "会議室*", "protected": True}
    invoke(Call(operation="qsys.policy.save", input=data, actor=engineer, face=Face.REST))
    before = gain(host, ODD[2])
    refused = refusal(call, "qsys.control.set", component=ODD[2], control="gain", value=-6)
    assert refused.code is Code.CONFLICT
    assert gain(host, ODD[2]) == before
    call("qsys.control.set", component=ODD[0], control="gain", value=-6)
    assert gain(host, ODD[0]) == -6
