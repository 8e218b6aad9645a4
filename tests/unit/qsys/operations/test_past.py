"""What a Core was and what became different is told through the one door, and counted there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apps.fleet.models import Device
from apps.kernel.errors import Code
from apps.operations.outcome import Outcome
from apps.qsys.models import Cause, Control
from apps.qsys.telemetry import Batch, LastValue, Origin, Place
from apps.qsys.telemetry.store import moment, store
from tests.support import factories
from tests.unit.qsys.operations.test_reading import refusal
from tests.unit.qsys.telemetry.made import change, now_us

Calling = Callable[..., Outcome]
BEGAN = now_us() - 60_000_000


@pytest.fixture
def mix(device: Device) -> Device:
    """Two gains; the first was moved by somebody ten seconds after it was first seen."""
    place = Place(device.tenant_id, device.id, device.site_path)
    one, other = (
        Control.system.create(device=device, component=f"Zone {n}", name="gain") for n in (1, 2)
    )
    first = Origin(Cause.FIRST.value)
    seen: dict[str, Any] = {"previous": None, "previous_string": None, "origin": first}
    moved = Origin(Cause.OPERATION.value, "olga")
    rows = [
        change(one.id, place=place, at_us=BEGAN, number=-20.0, string="-20.0dB", **seen),
        change(other.id, place=place, at_us=BEGAN, number=-3.0, string="-3.0dB", **seen),
        change(one.id, place=place, at_us=BEGAN + 10_000_000, origin=moved),
    ]
    values = [
        LastValue(one.id, BEGAN + 10_000_000, -6.0, "-6.0dB", 0.78),
        LastValue(other.id, BEGAN, -3.0, "-3.0dB", 0.8),
    ]
    store(Batch(changes=rows, values=values), [])
    return device


def at(seconds: int) -> str:
    return moment(BEGAN + seconds * 1_000_000).isoformat()


def test_the_mix_then_is_told_page_by_page(call: Calling, mix: Device) -> None:
    first = call("qsys.state.at", at=at(5), limit=1).output
    rest = call("qsys.state.at", at=at(5), limit=1, cursor=first["cursor"]).output
    found = [*first["states"], *rest["states"]]
    assert [(one["component"], one["value"]) for one in found] == [
        ("Zone 1", -20.0),
        ("Zone 2", -3.0),
    ]
    assert rest["cursor"] is None
    (chosen,) = call("qsys.state.at", at=at(5), components=["*2"]).output["states"]
    assert chosen["component"] == "Zone 2"


def test_before_anybody_looked_nothing_is_claimed(call: Calling, mix: Device) -> None:
    one, other = call("qsys.state.at", at=at(-5)).output["states"]
    assert (one["known"], one["value"], one["string"]) == (False, None, "")
    assert one["since"].startswith(at(0)[:19])
    assert other["known"] is False


def test_then_and_now_are_compared(call: Calling, mix: Device) -> None:
    found = call("qsys.state.compare", at=at(5)).output
    (one,) = found["differences"]
    assert (one["component"], one["before"], one["after"]) == ("Zone 1", -20.0, -6.0)
    assert (one["before_string"], one["after_string"]) == ("-20.0dB", "-6.0dB")
    assert (one["cause"], one["actor"], found["more"]) == ("operation", "olga", False)
    assert call("qsys.state.compare", at=at(2), until=at(8)).output["differences"] == []
    short = call("qsys.state.compare", at=at(-5), limit=1).output
    assert (len(short["differences"]), short["more"]) == (1, True)
    assert short["differences"][0]["known_before"] is False


def test_instants_that_make_no_span_or_have_no_offset_are_refused(
    call: Calling, mix: Device
) -> None:
    assert refusal(call, "qsys.state.compare", at=at(5), until=at(5)).code is Code.INVALID
    assert refusal(call, "qsys.state.at", at="2026-01-31T20:14:00").code is Code.INVALID


def test_changes_are_counted_instead_of_listed(call: Calling, mix: Device) -> None:
    found = call("query_change_events", group_by="component").output
    assert found["events"] == []
    assert [(one["key"], one["changes"]) for one in found["groups"]] == [
        ("Zone 1", 2),
        ("Zone 2", 1),
    ]
    by_cause = call("qsys.event.list", group_by="cause", components=["Zone 1"]).output["groups"]
    assert {one["key"]: one["changes"] for one in by_cause} == {"first": 1, "operation": 1}
    assert refusal(call, "qsys.event.list", group_by="cause", cursor="1-1").code is Code.INVALID


def test_changes_are_listed_by_who_made_them_and_from_what(call: Calling, mix: Device) -> None:
    (one,) = call("qsys.event.list", actor="olga", causes=["operation"]).output["events"]
    assert one["value"] == -6.0
    assert call("qsys.event.list", controls=["mute*"]).output["events"] == []


def test_who_may_not_see_the_core_is_told_nothing_of_its_past(call: Calling, mix: Device) -> None:
    stranger = factories.actor_of("admin")
    for operation in ("qsys.state.at", "qsys.state.compare"):
        assert refusal(call, operation, by=stranger, at=at(5)).code is Code.NOT_FOUND
