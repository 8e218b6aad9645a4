"""The trail as it leaves the house: entries under their seals, with all it takes to check them."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from apps.audit import merkle
from apps.audit.keys import seal_key
from apps.audit.leaves import data_of, rows_of, seal_data, seal_hash
from apps.audit.models import AuditLog, Seal
from apps.audit.sealer import NOTHING_BEFORE
from apps.audit.verify import Report, verify


def newest() -> Seal | None:
    """The last seal."""
    return Seal.objects.order_by("-number").first()


def seals(first: int, last: int) -> list[Seal]:
    """Seals by number, both ends included."""
    return list(Seal.objects.filter(number__gte=first, number__lte=last).order_by("number"))


def before(first: int) -> Seal | None:
    """The seal that the one numbered `first` names."""
    return Seal.objects.filter(number__lt=first).order_by("-number").first()


def checkpoint(seal: Seal) -> dict[str, Any]:
    """What to keep elsewhere, so that a cut tail is found."""
    return {"number": seal.number, "hash": seal_hash(seal_data(seal))}


def lines(chosen: list[Seal], tenant_id: UUID | None = None) -> Iterator[str]:
    """The trail under some seals that follow one another, as JSON lines.

    With `tenant_id`, entries of others are only there as their hash.
    """
    earlier = before(chosen[0].number) if chosen else None
    for seal in chosen:
        for row in rows_of(seal, earlier):
            yield _line(row, tenant_id)
        yield json.dumps({"seal": seal_data(seal)})
        earlier = seal


def _line(row: AuditLog, tenant_id: UUID | None) -> str:
    data = data_of(row)
    if tenant_id is None or row.tenant_id == tenant_id:
        return json.dumps({"entry": data}, ensure_ascii=False)
    return json.dumps({"leaf": merkle.leaf(data).hex()})


def manifest(chosen: list[Seal]) -> dict[str, Any]:
    """What the reader of a trail needs besides."""
    key = seal_key()
    earlier = before(chosen[0].number)
    return {
        "format": 1,
        "public_key": key.public.hex(),
        "key_id": key.name,
        "first_seal": chosen[0].number,
        "last_seal": chosen[-1].number,
        "entries": sum(seal.count for seal in chosen),
        "previous": seal_hash(seal_data(earlier)) if earlier else NOTHING_BEFORE,
        "checkpoint": checkpoint(chosen[-1]),
    }


def check(kept: dict[str, Any] | None = None) -> Report:
    """Verify the whole trail in the database; `kept` is a checkpoint from elsewhere."""
    last = newest()
    if last is None:
        problems = ["every seal is gone"] if kept else []
        return Report(problems=problems)
    chosen = seals(1, last.number)
    return verify(lines(chosen), manifest(chosen), kept)
