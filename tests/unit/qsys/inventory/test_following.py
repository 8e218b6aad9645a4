"""What Cores report becomes spells: each change once, told once, in order, whoever looks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.events.models import Outbox
from apps.fleet.models import Device, DeviceState
from apps.kernel import clock
from apps.qsys.inventory.following import inventory_follow, spells_forget
from apps.qsys.models import Control, Core, CoreEnd, InventoryItem, InventorySpell
from apps.qsys.tasks import follow
from tests.support import factories
from tests.unit.qsys.inventory.conftest import at, core, said, status_of


def told() -> list[dict[str, Any]]:
    rows = Outbox.objects.filter(type="qsys.inventory.changed").order_by("id")
    return [row.payload for row in rows]


def spells(component: str = "Amp 1", kind: str = "component") -> list[tuple[Any, ...]]:
    rows = InventorySpell.system.filter(item__component=component, item__kind=kind)
    return list(rows.order_by("began", "id").values_list("code", "text", "began", "ended"))


def test_every_change_between_two_looks_is_a_spell_of_its_own(device: Device) -> None:
    control = status_of(device)
    said(control, (0, 0, "OK"))
    follow()
    assert spells() == [(0, "OK", at(0), None)]
    assert told() == []
    said(control, (10, 2, "Fault - fan"), (15, 2, "Fault - fan 2"), (20, 0, "OK"), (30, 1, "Hot"))
    assert inventory_follow() == 1
    assert spells() == [
        (0, "OK", at(0), at(10)),
        (2, "Fault - fan 2", at(10), at(20)),
        (0, "OK", at(20), at(30)),
        (1, "Hot", at(30), None),
    ]
    assert [(one["before"], one["status"], one["text"]) for one in told()] == [
        ("ok", "compromised", "Hot")
    ]
    assert inventory_follow() == 0
    assert len(spells()) == 4


def test_other_words_for_the_same_status_are_no_new_spell(device: Device) -> None:
    control = status_of(device)
    said(control, (0, 2, "Fault - fan"))
    inventory_follow()
    said(control, (60, 2, "Fault - fan, supply"))
    inventory_follow()
    assert spells() == [(2, "Fault - fan, supply", at(0), None)]
    assert told() == []


def test_a_status_kept_as_telemetry_is_followed_by_its_last_value(device: Device) -> None:
    control = status_of(device, telemetry=True)
    said(control, (0, 0, "OK"))
    inventory_follow()
    said(control, (40, 4, "Missing"))
    inventory_follow()
    assert spells() == [(0, "OK", at(0), at(40)), (4, "Missing", at(40), None)]


def test_what_only_looks_like_a_status_is_no_item(device: Device) -> None:
    said(status_of(device, name="player.status", type="Text"), (0, 9, "Playing"))
    said(status_of(device, name="status.led", type="Boolean"), (0, 1, "true"))
    said(status_of(device, "Cam", name="camera.status"), (0, 5, "Initializing"))
    inventory_follow()
    assert set(InventoryItem.system.values_list("kind", "component")) == {
        ("core", ""),
        ("component", "Cam"),
    }


def test_a_core_that_is_lost_is_missing_and_its_components_stay_as_they_were(
    device: Device,
) -> None:
    said(status_of(device), (0, 0, "OK"))
    inventory_follow()
    lost = DeviceState.objects.filter(device=device)
    lost.update(liveness="lost", lost_at=clock.now(), reason="It does not answer.")
    inventory_follow()
    assert [(code, text) for code, text, *_ in spells("", "core")] == [
        (0, "OK - 3 OK"),
        (4, "It does not answer."),
    ]
    lost.update(liveness="rebooting")
    inventory_follow()
    lost.update(liveness="ok", lost_at=None, reason="")
    inventory_follow()
    assert [code for code, *_ in spells("", "core")] == [0, 4, 5, 0]
    assert len(spells()) == 1
    assert [(one["before"], one["status"]) for one in told()] == [
        ("ok", "missing"),
        ("missing", "initializing"),
        ("initializing", "ok"),
    ]


def test_the_other_core_of_a_pair_is_an_item_of_its_own(device: Device) -> None:
    end = CoreEnd.objects.create(
        device=device, side="partner", state="Standby", state_at=at(0), address="127.0.0.9"
    )
    inventory_follow()
    end.state, end.reason, end.state_at = "", "It refused.", at(50)
    end.save()
    inventory_follow()
    assert spells("", "partner") == [
        (0, "Standby", at(0), at(50)),
        (4, "It refused.", at(50), None),
    ]


def test_a_reload_breaks_no_spell_and_what_a_design_leaves_out_ends(device: Device) -> None:
    said(status_of(device), (0, 1, "Hot"))
    said(status_of(device, "Amp 2"), (0, 0, "OK"))
    inventory_follow()
    # The poller writes the dictionary first, then the Core: for a moment nothing fits.
    Control.system.filter(component="Amp 1").update(design_code="b" * 12)
    inventory_follow()
    core(device, "b" * 12)
    inventory_follow()
    assert [(code, ended) for code, _, _, ended in spells("Amp 1")] == [(1, None)]
    (gone,) = spells("Amp 2")
    assert gone[3] is not None
    assert told() == []
    said(Control.system.get(component="Amp 1"), (70, 0, "OK"))
    inventory_follow()
    assert [code for code, *_ in spells("Amp 1")] == [1, 0]


def test_one_that_is_back_after_long_begins_a_spell_where_the_last_one_ended(
    device: Device,
) -> None:
    control = status_of(device)
    said(control, (0, 1, "Hot"))
    inventory_follow()
    Core.system.update(design_code="b" * 12)
    inventory_follow()
    ended = clock.now() - timedelta(minutes=20)
    InventorySpell.system.filter(item__kind="component").update(ended=ended)
    Core.system.update(design_code=control.design_code)
    inventory_follow()
    assert [(one[0], one[2], one[3]) for one in spells()] == [
        (1, at(0), ended),
        (1, ended, None),
    ]


def test_a_decommissioned_core_has_no_present(device: Device) -> None:
    said(status_of(device), (0, 0, "OK"))
    inventory_follow()
    Device.system.filter(id=device.id).update(status="decommissioned")
    inventory_follow()
    assert not InventorySpell.system.filter(ended=None).exists()


def test_the_database_lets_no_item_have_two_presents(device: Device) -> None:
    inventory_follow()
    item = InventoryItem.system.get()
    with pytest.raises(IntegrityError, match="qsys_spell_open"), transaction.atomic():
        InventorySpell.system.create(item=item, code=2, began=clock.now())


def test_what_is_over_for_longer_than_events_are_kept_is_forgotten(device: Device) -> None:
    said(status_of(device), (0, 0, "OK"))
    inventory_follow()
    old = clock.now() - timedelta(days=500)
    rows = InventorySpell.system.filter(item__kind="component")
    rows.update(began=old, ended=old)
    spells_forget(clock.now() - timedelta(days=400))
    assert [one.kind for one in InventoryItem.system.all()] == ["core"]


def test_a_look_takes_the_same_number_of_queries_whatever_there_is(device: Device) -> None:
    for number in range(30):
        said(status_of(device, f"Amp {number}"), (0, 0, "OK"))
    inventory_follow()
    with CaptureQueriesContext(
        connection,
    ) as one:
        inventory_follow()
    for _ in range(5):
        other = factories.device(device.tenant, site_path="/plant/hall-b/")
        core(other)
        said(status_of(other), (0, 0, "OK"))
    with CaptureQueriesContext(connection) as some:
        assert inventory_follow() == 10
    assert len(some) <= len(one) + 8
