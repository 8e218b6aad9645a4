"""The inventory is told worst first, to whoever may see the Core, and adds up to the whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.fleet.models import Device, DeviceState
from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.operations.outcome import Outcome
from apps.qsys.inventory.following import inventory_follow
from apps.qsys.models import InventoryItem
from tests.support import factories
from tests.unit.qsys.inventory.conftest import at, core, said, status_of

Asking = Callable[..., Outcome]


@pytest.fixture
def halls(device: Device) -> dict[str, Device]:
    """Hall A: a fault and an OK. Hall B: missing for long, and a Core that is compromised."""
    other = factories.device(device.tenant, site_path="/plant/hall-b/", name="Hall B")
    core(other, status_code=1, status="Compromised - 1 of 2")
    said(status_of(device), (100, 2, "Fault - fan"))
    said(status_of(device, "Amp 2"), (0, 0, "OK"))
    said(status_of(other, "Amp 1"), (50, 4, "Missing"))
    said(status_of(other, "Amp 2"), (10, 4, "Missing"))
    inventory_follow()
    return {"a": device, "b": other}


def names(outcome: Outcome) -> list[tuple[str, str, str]]:
    return [
        (one["device_name"], one["component"], one["status"]) for one in outcome.output["items"]
    ]


def test_the_worst_come_first_and_of_equal_ones_the_longest(
    ask: Asking, halls: dict[str, Device]
) -> None:
    every = names(ask("qsys.inventory.list"))
    assert every[:4] == [
        ("Hall A", "Amp 1", "fault"),
        ("Hall B", "Amp 2", "missing"),
        ("Hall B", "Amp 1", "missing"),
        ("Hall B", "", "compromised"),
    ]
    assert {one[2] for one in every[4:]} == {"ok"}
    assert len(every) == 6


def test_pages_follow_one_another_without_gap_or_double(
    ask: Asking, halls: dict[str, Device]
) -> None:
    found: list[tuple[str, str, str]] = []
    cursor: dict[str, Any] = {}
    for _ in range(6):
        page = ask("qsys.inventory.list", limit=1, **cursor)
        found += names(page)
        cursor = {"cursor": page.output["cursor"]}
    assert cursor == {"cursor": None}
    assert found == names(ask("qsys.inventory.list"))
    with pytest.raises(Failure) as refused:
        ask("qsys.inventory.list", cursor="1_x_2")
    assert refused.value.code is Code.INVALID


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"device": "Hall A"}, 3),
        ({"site": "/plant/hall-b/"}, 3),
        ({"kinds": ["core"]}, 2),
        ({"statuses": ["fault", "missing"]}, 3),
        ({"text": "fan"}, 1),
        ({"text": "hall b", "statuses": ["missing"]}, 2),
        ({"for_seconds": 1_800}, 4),
        ({"for_seconds": 86_400}, 0),
    ],
)
def test_filters_narrow(
    ask: Asking, halls: dict[str, Device], filters: dict[str, Any], count: int
) -> None:
    assert len(names(ask("qsys.inventory.list", **filters))) == count


def test_an_item_of_a_silent_core_says_that_it_may_be_over(
    ask: Asking, halls: dict[str, Device]
) -> None:
    DeviceState.objects.filter(device=halls["a"]).update(liveness="stale")
    rows = ask("qsys.inventory.list", statuses=["fault", "missing"]).output["items"]
    assert [(one["device_name"], one["stale"]) for one in rows] == [
        ("Hall A", True),
        ("Hall B", False),
        ("Hall B", False),
    ]


def test_places_and_cores_add_up_to_the_whole(ask: Asking, halls: dict[str, Device]) -> None:
    by_place = ask("qsys.inventory.rollup").output
    assert [(one["key"], one["status"], one["cores"]) for one in by_place["parts"]] == [
        ("/plant/", "fault", 2),
        ("/plant/hall-a/", "fault", 1),
        ("/plant/hall-b/", "missing", 1),
    ]
    assert by_place["total"]["status"] == "fault"
    assert by_place["total"]["counts"] == {
        "fault": 1, "missing": 2, "compromised": 1, "initializing": 0, "not_present": 0, "ok": 2,
    }  # fmt: skip
    by_core = ask("qsys.inventory.rollup", by="core", site="/plant/").output
    assert [(one["name"], one["status"]) for one in by_core["parts"]] == [
        ("Hall A", "fault"),
        ("Hall B", "missing"),
    ]
    assert by_core["parts"][1]["since"].startswith(at(10).isoformat()[:19])
    assert by_core["total"] == by_place["total"]
    assert ask("qsys.inventory.rollup", limit=1).output["more"]


def test_nothing_is_fine_where_there_is_nothing(ask: Asking, halls: dict[str, Device]) -> None:
    empty = ask("qsys.inventory.rollup", site="/elsewhere/").output
    assert (empty["total"]["status"], empty["total"]["since"], empty["parts"]) == ("ok", None, [])


def test_a_history_tells_each_spell_and_what_they_come_to(
    ask: Asking, halls: dict[str, Device]
) -> None:
    control = halls["a"].controls.get(component="Amp 1")
    said(control, (160, 0, "OK"), (400, 2, "Fault - supply"), (430, 0, "OK"))
    inventory_follow()
    item = InventoryItem.system.get(device=halls["a"], component="Amp 1")
    found = ask("qsys.inventory.history", item=str(item.id)).output
    assert [(one["status"], one["seconds"]) for one in found["spells"][1:]] == [
        ("fault", 30),
        ("ok", 240),
        ("fault", 60),
    ]
    assert found["spells"][0]["ended"] is None
    fault = found["totals"][0]
    assert (fault["status"], fault["seconds"], fault["spells"]) == ("fault", 90, 2)
    part = ask(
        "qsys.inventory.history",
        item=str(item.id),
        since=at(130).isoformat(),
        until=at(410).isoformat(),
    ).output
    assert [(one["status"], one["seconds"], one["spells"]) for one in part["totals"]] == [
        ("fault", 40, 1),
        ("ok", 240, 1),
    ]
    assert ask("qsys.inventory.history", item=str(item.id), limit=1).output["more"]
    with pytest.raises(Failure) as refused:
        ask("qsys.inventory.history", item=str(item.id), since=clock.now().isoformat(),
            until=(clock.now() - timedelta(days=1)).isoformat())  # fmt: skip
    assert refused.value.code is Code.INVALID


def test_nobody_sees_what_is_not_theirs(ask: Asking, halls: dict[str, Device]) -> None:
    stranger = factories.actor_of("admin")
    neighbour = factories.actor_of("viewer", halls["a"].tenant, site_path="/plant/hall-b/")
    item = InventoryItem.system.get(device=halls["a"], component="Amp 1")
    assert names(ask("qsys.inventory.list", who=stranger)) == []
    assert {one[0] for one in names(ask("qsys.inventory.list", who=neighbour))} == {"Hall B"}
    assert ask("qsys.inventory.rollup", who=neighbour).output["total"]["cores"] == 1
    for who in (stranger, neighbour):
        for wanted in (str(item.id), str(new_id())):
            with pytest.raises(Failure) as refused:
                ask("qsys.inventory.history", who=who, item=wanted)
            assert refused.value.code is Code.NOT_FOUND
