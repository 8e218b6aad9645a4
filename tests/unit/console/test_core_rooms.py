"""Statuses and designs of all Cores and of one, what a Core exports, and how pages are read."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Tenant
from apps.console.families import spells
from apps.console.families.paged import Paged
from apps.console.templatetags.console import lasting
from apps.fleet.models import Device, DeviceState
from apps.kernel import clock
from apps.kernel.ids import new_id
from apps.qsys.models import (
    Core,
    DesignDrift,
    DesignPin,
    DesignRun,
    Export,
    InventoryItem,
    InventorySpell,
    Page,
)
from tests.support import factories
from tests.unit.console.test_operations import hidden

HOUR = timedelta(hours=1)


@pytest.fixture
def core(tenant: Tenant) -> Device:
    return made_core(tenant, "Lobby", "/plant/hall-a/")


def made_core(tenant: Tenant, name: str, site_path: str, liveness: str = "ok") -> Device:
    device = factories.device(tenant, name=name, site_path=site_path)
    Core.system.create(device=device, design="Hall", design_code="one")
    DeviceState.objects.create(device=device, liveness=liveness, seen_at=clock.now())
    return device


def item(core: Device, component: str, *turns: tuple[int, str, float]) -> InventoryItem:
    """A component that was in each status since so many hours ago; it is in the last one."""
    made = InventoryItem.system.create(
        device=core,
        kind="component" if component else "core",
        component=component,
        control="status" if component else "",
    )
    now = clock.now()
    for place, (code, text, hours) in enumerate(turns):
        ended = now - HOUR * turns[place + 1][2] if place + 1 < len(turns) else None
        InventorySpell.system.create(
            item=made, code=code, text=text, began=now - HOUR * hours, ended=ended
        )
    return made


def page(client: Client, path: str, **query: Any) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


def names(text: str) -> list[str]:
    return re.findall(r'href="/cores/items/[^"]+">([^<]+)</a>', text)


def test_what_is_not_ok_comes_first_and_ok_only_when_asked_for(
    tenant: Tenant, core: Device, operator: Client
) -> None:
    item(core, "Amp 1", (0, "OK", 9), (2, "Fault - fan", 3))
    item(core, "Amp 2", (1, "Compromised - hot", 2))
    item(core, "Camera", (0, "OK", 9))
    other = made_core(tenant, "Ballroom", "/plant/hall-b/", liveness="lost")
    item(other, "Speaker", (4, "Missing", 30))
    text = page(operator, "/cores/")
    assert names(text) == ["Amp 1", "Speaker", "Amp 2"]
    assert "may be over: the Core does not answer" in text
    worst = re.findall(r'href="/devices/[^"]+/status/">([^<]+)</a></td>', text)
    assert worst == ["Lobby", "Ballroom"]
    assert "1 fault, 1 compromised" in text
    assert "hall-b" in text
    assert names(page(operator, "/cores/", status="all"))[-1] == "Camera"
    assert names(page(operator, "/cores/", status="fault")) == ["Amp 1"]
    assert names(page(operator, "/cores/", **{"for": "1d"})) == ["Speaker"]
    assert names(page(operator, "/cores/", site="/plant/hall-a/")) == ["Amp 1", "Amp 2"]
    assert names(page(operator, "/cores/", q="hot")) == ["Amp 2"]
    assert "Nothing fits" in page(operator, "/cores/", q="nothing-like-it")
    assert operator.get("/cores/", {"after": "x"}).status_code == 422


def test_a_place_where_all_is_ok_says_so_and_an_empty_one_what_to_do(
    core: Device, operator: Client
) -> None:
    assert "Nothing has told a status yet" in page(operator, "/cores/")
    item(core, "", (0, "OK", 2))
    assert "All 1 items are OK" in page(operator, "/cores/")
    assert names(page(operator, f"/devices/{core.id}/status/")) == ["The Core itself"]


def test_a_list_of_items_goes_on_where_its_page_ends(core: Device, operator: Client) -> None:
    for number in range(103):
        item(core, f"Amp {number}", (2, "Fault", number + 1))
    text = page(operator, f"/devices/{core.id}/status/")
    assert len(names(text)) == 100
    (after,) = re.findall(r'href="\?after=([^"]+)"', text)
    rest = names(page(operator, f"/devices/{core.id}/status/", after=after))
    assert rest == ["Amp 2", "Amp 1", "Amp 0"]


def test_an_item_tells_what_it_was_and_for_how_long(core: Device, operator: Client) -> None:
    made = item(core, "Amp 1", (0, "OK", 40 * 24), (2, "Fault - fan", 10), (0, "OK - again", 4))
    text = page(operator, f"/cores/items/{made.id}/", last="1d")
    assert "The Core says: OK - again" in text
    assert text.count("Fault - fan") == 1
    assert "25.00 %" in text
    assert "75.00 %" in text
    assert len(re.findall(r'<rect class="tone-(ok|fail)"', text)) == 3
    gone = item(core, "Gone")
    assert "Not in the running design" in page(operator, f"/cores/items/{gone.id}/")
    assert operator.get(f"/cores/items/{new_id()}/").status_code == 404


def test_a_short_fault_is_seen_in_a_long_strip(core: Device) -> None:
    now = clock.now()
    made = item(core, "Amp 1", (0, "OK", 100), (2, "Fault", 50.001), (0, "OK", 50))
    pieces = spells.strip(list(made.spells.all()), now - 200 * HOUR, now)
    fault = pieces[-1]
    assert (fault.tone, fault.width) == ("fail", spells.LEAST)
    assert 74 < fault.x < 76
    assert all(one.x >= 0 and one.x + one.width <= 100.5 for one in pieces)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3_725, "1 h 2 min"), (219_600, "2 d 13 h")],
)
def test_a_span_is_told_in_two_units(seconds: float, words: str) -> None:
    assert lasting(seconds) == words


def run(core: Device, code: str = "one", hours: float = 5, **fields: Any) -> DesignRun:
    return DesignRun.system.create(
        device=core, design="Hall", design_code=code, began=clock.now() - HOUR * hours, **fields
    )


def test_designs_show_what_drifted_first_and_count_what_runs(
    tenant: Tenant, core: Device, operator: Client
) -> None:
    run(core, firmware="10.1")
    assert "Every Core runs what it should" in page(operator, "/cores/designs/")
    other = made_core(tenant, "Ballroom", "/plant/hall-b/")
    run(other, "two")
    DesignDrift.objects.create(
        device=other, reasons=["pin", "firmware"], detail="It runs two.", since=clock.now()
    )
    text = page(operator, "/cores/designs/")
    assert "1 Core does not run what it should" in text
    assert "Not what is pinned" in text
    assert "It runs two." in text
    assert text.index("It runs two.") < text.index("Cores by name")
    only = page(operator, "/cores/designs/", drifted="no")
    assert only.count("In order") == 1
    assert "No Core fits" in page(operator, "/cores/designs/", design="opera")


def test_a_core_is_pinned_by_way_of_the_ordinary_form(
    core: Device, engineer: Client, operator: Client
) -> None:
    run(core, "zero", 9, ended=clock.now() - 5 * HOUR)
    run(core)
    text = page(engineer, f"/devices/{core.id}/designs/")
    assert text.count("What changed since") == 2
    form = re.findall(r'href="(/operations/qsys.design.pin/[^"]+)"', text)
    assert len(form) == 1, "nothing is pinned, so nothing is released"
    filled = engineer.get(form[0].replace("&amp;", "&")).text
    assert 'name="in.design_code" type="text" value="one"' in filled
    DesignPin.objects.create(
        device=core, design="Hall", pinned_by="ada", pinned_at=clock.now() - HOUR
    )
    text = page(engineer, f"/devices/{core.id}/designs/")
    assert "by ada" in text
    assert "release=true" in text
    assert "qsys.design.pin" not in page(operator, f"/devices/{core.id}/designs/")


def paged(core: Device, **fields: Any) -> Page:
    now = clock.now()
    given: dict[str, Any] = {
        "mode": "live",
        "zones": [[1, "Lobby"], [2, ""]],
        "priority": 3,
        "station": "Desk",
        "actor": "ada",
        "state": "input",
        "number": 7,
    }
    times = dict.fromkeys(("submitted_at", "changed_at", "heard_at"), now)
    ids = {"job_id": new_id(), "call_id": new_id()}
    return Page.system.create(device=core, **ids, **times, **{**given, **fields})


def test_pages_that_go_on_can_be_ended_and_others_tell_how_they_did(
    core: Device, operator: Client, login: Callable[..., Client]
) -> None:
    live = paged(core, detail="live", count=12)
    paged(core, mode="message", station="", message="Chime.wav", state="wait", detail="preamble")
    paged(core, mode="delay", state="input", detail="record")
    paged(core, state="done", ending="interrupt", detail="interrupt")
    paged(core, state="done", ending="timeout")
    text = page(operator, f"/devices/{core.id}/paging/")
    assert text.count("Stop it") == 1
    assert text.count("Drop it") == 2
    assert text.count("End the recording</button>") == 1
    assert "live, 12 s left" in text
    assert "the chime plays" in text
    assert "A page of higher priority took its zones" in text
    assert "Nobody heard it" in text
    assert f'value="{live.id}"' in text
    looked = page(login("viewer"), f"/devices/{core.id}/paging/")
    assert "qsys.page.stop" not in looked
    assert "Being spoken" in looked


@pytest.mark.parametrize(
    ("fields", "look"),
    [
        ({"state": "sending"}, "sending"),
        ({"state": "done", "ending": "success"}, "success"),
        ({"state": "done", "ending": "timeout"}, "unheard"),
        ({"state": "done", "ending": "timeout", "on_air_at": clock.now()}, "timeout"),
        ({"state": "unknown", "ending": "unknown"}, "unknown"),
    ],
)
def test_a_page_looks_like_where_it_is(core: Device, fields: dict[str, Any], look: str) -> None:
    assert Paged(paged(core, **fields)).look == look


def exported(core: Device, **fields: Any) -> Export:
    now = clock.now()
    given: dict[str, Any] = {
        "content": "events",
        "format": "csv",
        "name": "lobby-events.csv",
        "expires_at": now + HOUR,
    }
    return Export.system.create(
        device=core,
        job_id=new_id(),
        since=now - HOUR,
        until=now,
        rows=12,
        size=2_048,
        sha256="ab" * 32,
        made_by="ada",
        **{**given, **fields},
    )


def test_files_are_fetched_until_their_time_is_over(
    core: Device, operator: Client, login: Callable[..., Client]
) -> None:
    kept = exported(core)
    exported(core, name="old.csv", expires_at=clock.now() - HOUR)
    exported(made_core(core.tenant, "Other", "/plant/hall-b/"), name="other.csv")
    text = page(operator, f"/devices/{core.id}/exports/")
    assert text.count(f'href="/api/v1/exports/{kept.id}/file/"') == 2
    assert "old.csv" not in text
    assert "other.csv" not in text
    assert "qsys.export.delete" in text
    assert hidden(text, "in.device") == str(core.id)
    viewer = page(login("viewer"), f"/devices/{core.id}/exports/")
    assert "Make the file" in viewer
    assert "qsys.export.delete" not in viewer


@pytest.mark.parametrize("name", ["status", "designs", "paging", "zones", "exports"])
def test_strangers_find_none_of_it(login: Callable[..., Client], core: Device, name: str) -> None:
    made = item(core, "Amp 1", (2, "Fault", 1))
    run(core)
    stranger = login("engineer", of=factories.tenant())
    assert stranger.get(f"/devices/{core.id}/{name}/").status_code == 404
    assert stranger.get(f"/cores/items/{made.id}/").status_code == 404
    assert "Amp 1" not in page(stranger, "/cores/", status="all")
    assert "Lobby" not in page(stranger, "/cores/designs/")
