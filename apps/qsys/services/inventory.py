"""The inventory, as callers ask for it; no Core is asked."""

from datetime import timedelta
from typing import Final

from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid
from apps.operations.context import Context
from apps.operations.core import TargetRef
from apps.qsys.inventory import selectors
from apps.qsys.inventory.codes import CODES, RANK, WORDS, worded
from apps.qsys.inventory.sums import Sum, sums
from apps.qsys.models import InventorySpell
from apps.qsys.schemas.inventory import (
    QsysInventoryHistoryIn,
    QsysInventoryHistoryOut,
    QsysInventoryItem,
    QsysInventoryListIn,
    QsysInventoryListOut,
    QsysInventoryRollupIn,
    QsysInventoryRollupOut,
    QsysInventorySpell,
    QsysInventorySum,
    QsysInventoryTotal,
)
from apps.qsys.selectors import core_device
from apps.qsys.services.cores import device_target

#: How far back a history reaches where nothing else is said.
RECENT: Final = timedelta(days=30)


def item_targets(actor: Actor, data: QsysInventoryHistoryIn) -> tuple[TargetRef, ...]:
    """The Core of the item."""
    return (device_target(selectors.item_get(actor, data.item).device),)


def inventory_list(ctx: Context, data: QsysInventoryListIn) -> QsysInventoryListOut:
    """Items, worst first, page by page."""
    wanted = selectors.Wanted(
        device=core_device(ctx.actor, data.device) if data.device else None,
        site=data.site,
        kinds=tuple(data.kinds),
        codes=tuple(CODES[word] for word in data.statuses),
        text=data.text,
        least=timedelta(seconds=data.for_seconds),
    )
    after = selectors.Place.parse(data.cursor) if data.cursor else None
    found, place = selectors.items(ctx.actor, wanted, after=after, limit=data.limit)
    return QsysInventoryListOut(
        items=[_item(one) for one in found], cursor=str(place) if place else None
    )


def inventory_history(ctx: Context, data: QsysInventoryHistoryIn) -> QsysInventoryHistoryOut:
    """The spells of one item in a range, and what they come to."""
    item = selectors.item_get(ctx.actor, data.item)
    until = data.until or clock.now()
    since = data.since or until - RECENT
    if not since < until:
        raise invalid("since", "has to be earlier than until.")
    found = selectors.spells(item, since, until, data.limit + 1)
    page = found[: data.limit]
    seconds, began = selectors.seconds_of(page, since, min(until, clock.now()))
    return QsysInventoryHistoryOut(
        device=item.device_id,
        device_name=item.device.name,
        kind=item.kind,
        component=item.component,
        control=item.control,
        spells=[_spell(one) for one in page],
        totals=[
            QsysInventoryTotal(status=WORDS[code], seconds=seconds[code], spells=began[code])
            for code in sorted(seconds, key=lambda code: RANK[code])
        ],
        more=len(found) > data.limit,
    )


def inventory_rollup(ctx: Context, data: QsysInventoryRollupIn) -> QsysInventoryRollupOut:
    """How the items below a place add up."""
    total, cores, places = sums(ctx.actor, data.site)
    parts = cores if data.by == "core" else places
    return QsysInventoryRollupOut(
        total=_sum(total),
        parts=[_sum(one) for one in parts[: data.limit]],
        more=len(parts) > data.limit,
    )


def _item(spell: InventorySpell) -> QsysInventoryItem:
    item, device = spell.item, spell.item.device
    return QsysInventoryItem(
        item=item.id,
        device=device.id,
        device_name=device.name,
        site=device.site_path,
        kind=item.kind,
        component=item.component,
        control=item.control,
        status=WORDS[spell.code],
        text=spell.text,
        since=spell.began,
        seconds=_seconds(spell),
        stale=selectors.is_stale(device),
    )


def _spell(spell: InventorySpell) -> QsysInventorySpell:
    return QsysInventorySpell(
        status=WORDS[spell.code],
        text=spell.text,
        began=spell.began,
        ended=spell.ended,
        seconds=_seconds(spell),
    )


def _sum(one: Sum) -> QsysInventorySum:
    return QsysInventorySum(
        key=one.key,
        name=one.name,
        status=WORDS[one.code],
        since=one.since,
        cores=len(one.devices),
        counts=worded(one.counts),
    )


def _seconds(spell: InventorySpell) -> int:
    return max(0, round(((spell.ended or clock.now()) - spell.began).total_seconds()))
