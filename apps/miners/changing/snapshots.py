"""Snapshots as the changes use them: kept before a write, completed after it, found again."""

from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import orjson

from apps.fleet.models import Device
from apps.kernel.errors import conflict, not_found
from apps.kernel.keyring import keyring
from apps.miners.changing.aspect import Aspect
from apps.miners.models import MinerSnapshot
from apps.operations.catalogue import installed
from apps.operations.context import Context

V = TypeVar("V")

#: Snapshots kept of a device; the oldest go.
KEPT: Final = 50


@dataclass(frozen=True, slots=True)
class Kept(Generic[V]):
    """A snapshot, opened. `after` is None while nobody read it back."""

    call_id: UUID
    before: V
    wanted: V
    after: V | None


def keep(ctx: Context, device: Device, aspect: Aspect[V], before: V, wanted: V) -> None:
    """Write down what is there and what will be sent, before it is sent; oldest rows go."""
    held = {"before": aspect.dumped(before), "wanted": aspect.dumped(wanted)}
    MinerSnapshot.system.create(
        call_id=ctx.call.id,
        device=device,
        aspect=aspect.name,
        operation=installed().get(ctx.call.operation).name,
        made_by=ctx.call.actor.label,
        sealed=_sealed(held),
    )
    old = MinerSnapshot.system.filter(device=device).values_list("id", flat=True)[KEPT:]
    MinerSnapshot.system.filter(id__in=list(old)).delete()


def complete(call_id: UUID, device: Device, aspect: Aspect[V], after: V) -> None:
    """Add what was read back."""
    row = MinerSnapshot.system.get(call_id=call_id, device=device)
    held = {**_opened(row), "after": aspect.dumped(after)}
    row.sealed, row.done = _sealed(held), True
    row.save(update_fields=("sealed", "done"))


def of_call(call_id: UUID, device: Device, aspect: Aspect[V]) -> Kept[V] | None:
    """What a call kept; None: it did not come so far, so nothing was sent."""
    rows = MinerSnapshot.system.filter(call_id=call_id, device=device, aspect=aspect.name)
    row = rows.first()
    return kept(row, aspect) if row else None


def newest(device: Device, call: UUID | None) -> MinerSnapshot:
    """The last write that came about, or that of a call; raises `not_found` or `conflict`."""
    rows = MinerSnapshot.system.filter(device=device, done=True)
    row = rows.filter(call_id=call).first() if call else rows.first()
    if row is None and call is not None:
        raise not_found("change", call)
    if row is None:
        raise conflict(f"Nothing was changed on {device.name} that can be undone.")
    return row


def kept(row: MinerSnapshot, aspect: Aspect[V]) -> Kept[V]:
    """A row, opened."""
    held = _opened(row)
    after = held.get("after")
    return Kept(
        call_id=row.call_id,
        before=aspect.loaded(held["before"]),
        wanted=aspect.loaded(held["wanted"]),
        after=None if after is None else aspect.loaded(after),
    )


def _sealed(held: dict[str, Any]) -> bytes:
    return keyring().seal(orjson.dumps(held))


def _opened(row: MinerSnapshot) -> dict[str, Any]:
    held: dict[str, Any] = orjson.loads(keyring().unseal(bytes(row.sealed)))
    return held
