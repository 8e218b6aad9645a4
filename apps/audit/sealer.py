"""Sealing: a signed Merkle root over every row committed since the seal before."""

from datetime import datetime
from typing import Final

import structlog
from django.db import connection, transaction

from apps.audit import merkle
from apps.audit.keys import seal_key
from apps.audit.leaves import data_of, end_of, seal_data, seal_hash, signed_part, unsealed
from apps.audit.models import AuditLog, Seal
from apps.kernel import clock
from apps.kernel.advisory import alone

#: Rows under one seal at most.
BATCH: Final = 5_000
#: Seals made in one go at most, so that a backlog does not hold the ticks back.
MOST_SEALS: Final = 20
#: The advisory lock of whoever seals; any constant of our own.
LOCK: Final = 0x5EA1_0001
#: What the first seal says of the one before.
NOTHING_BEFORE: Final = "0" * 64

log = structlog.get_logger(__name__)


def seal_all() -> int:
    """Seal what can be sealed now; the number of rows. Any number of processes may try."""
    sealed = 0
    for _ in range(MOST_SEALS):
        seal = seal_once()
        if seal is None:
            break
        sealed += seal.count
        if seal.count < BATCH:
            break
    return sealed


def seal_once() -> Seal | None:
    """One more seal; None when there is nothing to seal, or another process is at it."""
    with transaction.atomic():
        if not alone(LOCK):
            return None
        last = Seal.objects.order_by("-number").first()
        rows = unsealed(end_of(last), BATCH)
        if not rows:
            return None
        seal = make(rows, last)
        seal.save(force_insert=True)
    # The log stream leaves the machine: a copy of every root outside the database.
    log.info(
        "audit sealed",
        number=seal.number,
        count=seal.count,
        root=seal.root,
        hash=seal_hash(seal_data(seal)),
    )
    return seal


def make(rows: list[AuditLog], last: Seal | None) -> Seal:
    """The signed seal over `rows`, not yet stored."""
    key = seal_key()
    seal = Seal(
        number=last.number + 1 if last else 1,
        at=clock.now(),
        count=len(rows),
        first_tx=rows[0].tx,
        first_id=rows[0].id,
        last_tx=rows[-1].tx,
        last_id=rows[-1].id,
        root=merkle.root([merkle.leaf(data_of(row)) for row in rows]).hex(),
        previous=seal_hash(seal_data(last)) if last else NOTHING_BEFORE,
        key_id=key.name,
    )
    seal.signature = key.private.sign(signed_part(seal_data(seal))).hex()
    return seal


def oldest_unsealed() -> datetime | None:
    """When the oldest row that no seal covers was written."""
    last = Seal.objects.order_by("-number").first()
    tx, number = end_of(last)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT at FROM audit_auditlog WHERE (tx, id) > (%s::text::xid8, %s) "
            "ORDER BY tx, id LIMIT 1",
            [str(tx), number],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def lag() -> float:
    """Seconds since the oldest unsealed row was written; 0 when there is none."""
    oldest = oldest_unsealed()
    return 0.0 if oldest is None else max(0.0, (clock.now() - oldest).total_seconds())


def turned_back() -> bool:
    """Whether the database counts transactions from lower than the last seal.

    That is so after a restore from a dump: new rows would sort before the old ones and never
    be sealed. Seal before a backup, and continue the transaction count after a restore.
    """
    last = Seal.objects.order_by("-number").first()
    if last is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        row = cursor.fetchone()
    return row is not None and int(row[0]) <= int(last.last_tx)
