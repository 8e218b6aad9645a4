"""What the tables of inventory, designs and counts refuse, and how long they keep."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.kernel import clock
from apps.qsys.models import (
    ControlTally,
    CoreTally,
    DesignDrift,
    DesignPin,
    DesignRun,
    InventoryItem,
    InventorySpell,
    TallyMark,
)
from apps.qsys.tasks import days_turn
from tests.support import factories

pytestmark = pytest.mark.django_db


def test_one_present_a_core_and_a_pin_that_says_something() -> None:
    device, now = factories.device(), clock.now()
    item = InventoryItem.system.create(device=device, kind="core")
    run = {"device": device, "design_code": "a", "began": now}
    InventorySpell.system.create(item=item, code=0, began=now)
    DesignRun.system.create(**run)
    DesignDrift.objects.create(device=device, reasons=["pin"], detail="", since=now)
    refused = {
        "qsys_spell_open": lambda: InventorySpell.system.create(item=item, code=1, began=now),
        "qsys_spell_span": lambda: InventorySpell.system.create(
            item=item, code=1, began=now, ended=now - timedelta(seconds=1)
        ),
        "qsys_run_open": lambda: DesignRun.system.create(**run),
        "qsys_pin_says": lambda: DesignPin.objects.create(
            device=device, pinned_by="olga", pinned_at=now
        ),
        "qsys_inventory_item": lambda: InventoryItem.system.create(device=device, kind="core"),
    }
    for name, make in refused.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            make()


def test_counts_are_dropped_with_their_days_and_marks_with_their_core() -> None:
    device, now = factories.device(), clock.now()
    tally = {"device_id": device.id, "at": now, "changes": 1}
    CoreTally.objects.create(**tally, samples=0, dropped=0, thinned=0, missed=0)
    ControlTally.objects.create(**tally, control_id=1)
    TallyMark.objects.create(device=device, counted_until=now)
    with clock.using(clock.ManualClock(now + timedelta(days=91))):
        days_turn()
    assert (CoreTally.objects.count(), ControlTally.objects.count()) == (1, 0)
    device.delete()
    assert not TallyMark.objects.exists()
