"""What can be subscribed to is told of: every list by some event, every device by its own."""

import pytest

from apps.events import types
from apps.events.items import Item
from apps.kernel.ids import new_id
from apps.mcp.resources.shelves import SHELVES
from apps.mcp.streams.uris import LISTS, touched

EVENTS = sorted(one.type for one in types.EVENTS)
LISTED = [shelf.uri for shelf in SHELVES if shelf.whole is not None]


def told(kind: str, **more: object) -> list[str]:
    return touched(Item(type=kind, text="", sse=b"", **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("uri", LISTED)
def test_every_list_is_told_of_by_some_event(uri: str) -> None:
    assert [kind for kind in EVENTS if uri in told(kind)]


@pytest.mark.parametrize("start", [start for start, _ in LISTS])
def test_every_rule_is_of_an_event_that_there_is(start: str) -> None:
    assert [kind for kind in EVENTS if kind.startswith(start)]


@pytest.mark.parametrize("place", ["fleet://devices", "qsys://cores", "miners://miners"])
def test_a_device_is_told_of_wherever_it_can_be_read(place: str) -> None:
    device = new_id()
    assert f"{place}/{device}" in told("qsys.control.changed", device_id=device)


def test_a_rollout_is_told_of_by_its_own_address_when_one_of_its_devices_moves() -> None:
    found = told("fleet.rollout.moved", rollout_id="7", device_id=new_id())
    assert {"fleet://rollouts", "fleet://rollouts/7"} <= set(found)


def test_a_job_is_told_of_by_its_own_address() -> None:
    assert "jobs://jobs/7" in told("jobs.log.written", job_id="7")
    assert "jobs://jobs" not in told("jobs.log.written", job_id="7")
