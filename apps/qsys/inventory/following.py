"""Keeps the spells of the inventory: every few seconds what is differs from what was written."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from apps.events.publish import publish
from apps.events.types import InventoryChanged
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.advisory import alone
from apps.qsys.inventory.codes import WORDS
from apps.qsys.inventory.present import Seen, between, news
from apps.qsys.inventory.spells import Said, run_on
from apps.qsys.models import InventoryItem, InventorySpell

#: The advisory lock of whoever follows; any constant of our own.
LOCK: Final = 0x71_73_69_76
#: An item that is gone for less was only read anew, with its design.
RELOADS_WITHIN: Final = timedelta(minutes=2)
_BATCH: Final = 1_000


def inventory_follow() -> int:
    """Write down what changed since the last look, and tell it; how many items did.

    Safe to repeat and by several at once: one of them follows, the others do nothing. A Core that
    is away keeps what it said of its components.
    """
    with transaction.atomic():
        if not alone(LOCK):
            return 0
        now = clock.now()
        found = list(news(now))
        items = _items(found)
        last = _last_spells(found)
        spells: list[InventorySpell] = []
        for seen, item in zip(found, items, strict=True):
            spells += _spells(seen, item, now, last)
        InventorySpell.system.bulk_create(spells, batch_size=_BATCH)
        _tell(found)
    return len(found)


def spells_forget(oldest: datetime) -> None:
    """Drop spells that were over before `oldest`, and items that have none left."""
    InventorySpell.system.filter(ended__lt=oldest).delete()
    InventoryItem.system.filter(spells=None).delete()


def _items(found: Sequence[Seen]) -> list[InventoryItem]:
    """The item of each, made for those that have none."""
    items = [
        InventoryItem(
            device_id=one.device_id, kind=one.kind, component=one.component, control=one.control
        )
        for one in found
    ]
    for item, seen in zip(items, found, strict=True):
        item.id = seen.item_id or item.id
    fresh = [item for item, seen in zip(items, found, strict=True) if seen.item_id is None]
    InventoryItem.system.bulk_create(fresh, batch_size=_BATCH)
    return items


def _last_spells(found: Sequence[Seen]) -> dict[UUID, InventorySpell]:
    """The last spell of the items that were gone and are back."""
    back = [one.item_id for one in found if one.item_id and one.held is None]
    rows = InventorySpell.system.filter(item_id__in=back).order_by("item_id", "-began", "-id")
    return {row.item_id: row for row in rows.distinct("item_id")}


def _spells(
    seen: Seen, item: InventoryItem, now: datetime, last: Mapping[UUID, InventorySpell]
) -> list[InventorySpell]:
    """The spells to add; the one that was open is ended or brought up to date at once."""
    if seen.now is None:
        _open_spell(item).update(ended=now)
        return []
    if seen.held is None:
        return _resumed(item, seen.now, now, last.get(item.id))
    run = run_on(seen.held, between(seen, seen.held, seen.now))
    ends = [one.at for one in run[1:]]
    _open_spell(item).update(text=run[0].text, ended=ends[0] if ends else None)
    return [
        _spell(item, one, ended) for one, ended in zip(run[1:], [*ends[1:], None], strict=False)
    ]


def _open_spell(item: InventoryItem) -> QuerySet[InventorySpell]:
    return InventorySpell.system.filter(item=item, ended=None)


def _resumed(
    item: InventoryItem, said: Said, now: datetime, last: InventorySpell | None
) -> list[InventorySpell]:
    """The first spell of an item, or of one that is back; a reload of the design breaks none."""
    if last is None or last.ended is None:
        return [_spell(item, said, None)]
    if last.code == said.code and now - last.ended < RELOADS_WITHIN:
        InventorySpell.system.filter(id=last.id).update(ended=None, text=said.text)
        return []
    return [_spell(item, Said(max(said.at, last.ended), said.code, said.text), None)]


def _spell(item: InventoryItem, said: Said, ended: datetime | None) -> InventorySpell:
    return InventorySpell(item=item, code=said.code, text=said.text, began=said.at, ended=ended)


def _tell(found: Sequence[Seen]) -> None:
    """What became different; neither first sights nor what a new design left out."""
    devices = Device.system.in_bulk({seen.device_id for seen in found})
    for seen in found:
        device, before, now = devices[seen.device_id], seen.held, seen.now
        if now is None or before is None or now.code == before.code:
            continue
        event = InventoryChanged(
            device_id=device.id,
            name=device.name,
            kind=seen.kind,
            component=seen.component,
            control=seen.control,
            before=WORDS[before.code],
            status=WORDS[now.code],
            text=now.text,
        )
        publish(event, tenant_id=device.tenant_id, site_path=device.site_path, device_id=device.id)
