"""Redundant pairs: the verdict on two Cores that should be one, kept and told once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from apps.events.publish import publish
from apps.events.types import (
    PairDegraded,
    PairDiffered,
    PairEvent,
    PairRestored,
    PairSplit,
    PairSwitched,
    PairUnserved,
)
from apps.fleet.models import Device
from apps.kernel import clock
from apps.qsys.models import Core, CoreEnd, Pairing, Side

ACTIVE: Final = "Active"
NEWS: Final[dict[str, type[PairEvent]]] = {
    Pairing.NORMAL: PairRestored,
    Pairing.DEGRADED: PairDegraded,
    Pairing.UNSERVED: PairUnserved,
    Pairing.SPLIT: PairSplit,
    Pairing.DIFFERING: PairDiffered,
}


@dataclass(frozen=True, slots=True)
class EndNow:
    """What is known of one end; a blank state means that it does not answer, for a reason."""

    side: str
    state: str = ""
    design_code: str = ""
    reason: str = ""


def verdict_on(one: EndNow, other: EndNow) -> Pairing:
    """How a pair stands; the worst of what is wrong counts."""
    active = [end for end in (one, other) if end.state == ACTIVE]
    if len(active) == 2:
        return Pairing.SPLIT
    if not active:
        return Pairing.UNSERVED
    if not (one.state and other.state):
        return Pairing.DEGRADED
    if one.design_code != other.design_code:
        return Pairing.DIFFERING
    return Pairing.NORMAL


def active_of(ends: Sequence[EndNow]) -> str:
    """The side that serves; blank when none does, or both say that they do."""
    active = [end.side for end in ends if end.state == ACTIVE]
    return active[0] if len(active) == 1 else ""


def pair_keep(device: Device, ends: Sequence[EndNow], verdict: Pairing | None) -> None:
    """Keep what is known of both ends, and tell what is news; no verdict leaves the last one.

    Safe to repeat, and by several at once: only a change of the row is told.
    """
    with transaction.atomic():
        core = Core.system.select_for_update().get(device=device)
        if not CoreEnd.objects.filter(device=device, side=Side.PARTNER).exists():
            return
        for end in ends:
            _keep_end(device, end)
        active = active_of(ends)
        if active and core.active and active != core.active:
            _tell(device, PairSwitched, active, ends)
        core.active = active or core.active
        if verdict is not None and verdict != core.pair:
            if core.pair or verdict != Pairing.NORMAL:
                _tell(device, NEWS[verdict], active, ends)
            core.pair = verdict
        core.save(update_fields=["active", "pair"])


def _keep_end(device: Device, now: EndNow) -> None:
    row, _ = CoreEnd.objects.get_or_create(device=device, side=now.side)
    if (row.state, row.design_code, row.reason) == (now.state, now.design_code, now.reason):
        return
    if row.state != now.state or row.state_at is None:
        row.state_at = clock.now()
    row.state, row.design_code, row.reason = now.state, now.design_code, now.reason
    row.save(update_fields=["state", "design_code", "reason", "state_at"])


def _tell(device: Device, kind: type[PairEvent], active: str, ends: Sequence[EndNow]) -> None:
    said = "; ".join(f"{end.side}: {end.state or end.reason}, {end.design_code}" for end in ends)
    publish(
        kind(device_id=device.id, name=device.name, side=active, detail=said),
        tenant_id=device.tenant_id,
        site_path=device.site_path,
        device_id=device.id,
    )
