"""Reading and exporting the evidence."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import AwareDatetime, Field

from apps.audit import trail
from apps.audit.leaves import data_of
from apps.audit.selectors import entries
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Repeat, Schema, TargetRef

#: Entries that one export holds at most; a longer trail is exported in parts.
MOST_EXPORTED: Final = 20_000
EVERYWHERE: Final = frozenset({Face.REST, Face.MCP, Face.CONSOLE})


class AuditEntryListIn(Schema):
    """What to look for, newest first; what is left out does not narrow."""

    operation: str | None = Field(
        default=None, max_length=80, description="Name of an operation, such as qsys.control.set."
    )
    actor: str | None = Field(
        default=None, max_length=150, description="Name of whoever acted: a person or an agent."
    )
    object: UUID | None = Field(
        default=None, description="Id of what was acted on, such as a device."
    )
    job: UUID | None = Field(default=None, description="Id of a job.")
    request: str | None = Field(
        default=None, max_length=100, description="Id of a request, as an error quotes it."
    )
    since: AwareDatetime | None = Field(default=None, description="From this time on.")
    until: AwareDatetime | None = Field(default=None, description="Before this time.")
    cursor: UUID | None = Field(default=None, description="`next` of the page before.")
    limit: int = Field(default=50, ge=1, le=500, description="How many entries at most.")


class AuditEntryListOut(Schema):
    """A page of entries; `next` is there when more follow."""

    entries: list[dict[str, Any]] = Field(
        description="Entries, newest first: who, what, on what, outcome, when."
    )
    next: UUID | None = Field(
        description="Give it as cursor for the next page; null: there is none."
    )


def entry_list(ctx: Context, data: AuditEntryListIn) -> AuditEntryListOut:
    """One page, found by key and not by counting."""
    rows = entries(
        ctx.actor,
        operation=data.operation,
        actor_label=data.actor,
        object_id=data.object,
        job_id=data.job,
        request_id=data.request,
        since=data.since,
        until=data.until,
        before=data.cursor,
    )
    page = list(rows.order_by("-id")[: data.limit + 1])
    shown, more = page[: data.limit], len(page) > data.limit
    return AuditEntryListOut(
        entries=[data_of(row) for row in shown], next=shown[-1].id if more else None
    )


class AuditTrailExportIn(Schema):
    """Seals by number, both ends included; `last` left out means the newest."""

    first: int = Field(default=1, ge=1, description="Number of the first seal.")
    last: int | None = Field(
        default=None, ge=1, description="Number of the last seal; leave it out for the newest."
    )


class AuditTrailExportOut(Schema):
    """`jsonl` and `manifest` are what `apps/audit/verify.py` checks, without the product.

    Entries of other tenants under the same seals are there as their hash only.
    """

    manifest: dict[str, Any] = Field(
        description="Seals and keys that the entries are checked against."
    )
    jsonl: str = Field(description="One entry a line; those of other tenants as their hash only.")


def whole_tenant(actor: Actor, data: Any) -> tuple[TargetRef, ...]:
    """A trail has no gaps: its right has to be held on the whole tenant."""
    return (TargetRef("tenant", actor.tenant, "audit trail"),)


def trail_export(ctx: Context, data: AuditTrailExportIn) -> AuditTrailExportOut:
    """The trail under some seals, with all it takes to check it elsewhere."""
    newest = trail.newest()
    last = data.last or (newest.number if newest else 0)
    chosen = trail.seals(data.first, last)
    if not chosen:
        raise invalid("first", f"there is no seal {data.first} yet.", allowed=f"1 to {last}")
    if sum(seal.count for seal in chosen) > MOST_EXPORTED:
        raise invalid("last", f"more than {MOST_EXPORTED} entries; export fewer seals at once.")
    lines = "".join(f"{line}\n" for line in trail.lines(chosen, ctx.actor.tenant))
    return AuditTrailExportOut(manifest=trail.manifest(chosen), jsonl=lines)


class AuditCheckpointIn(Schema):
    """Nothing is needed."""


class AuditCheckpointOut(Schema):
    """The newest seal; kept elsewhere, it proves later that nothing was cut off."""

    number: int = Field(description="Number of the newest seal.")
    hash: str = Field(description="Hash that the seal ends in.")
    root: str = Field(description="Root of the tree over the entries it seals.")
    at: datetime | None = Field(description="When it was made; null: nothing is sealed yet.")


def checkpoint(ctx: Context, data: AuditCheckpointIn) -> AuditCheckpointOut:
    """The newest seal, or zero before the first."""
    seal = trail.newest()
    if seal is None:
        return AuditCheckpointOut(number=0, hash="", root="", at=None)
    return AuditCheckpointOut(**trail.checkpoint(seal), root=seal.root, at=seal.at)


OPERATIONS = (
    Operation(
        name="audit.entry.list",
        summary="List who did what, from where, and how it ended, newest first.",
        input=AuditEntryListIn,
        output=AuditEntryListOut,
        handler=entry_list,
        permission="audit.view",
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=EVERYWHERE,
    ),
    Operation(
        name="audit.trail.export",
        summary="Export sealed audit entries with the proofs to check them elsewhere.",
        input=AuditTrailExportIn,
        output=AuditTrailExportOut,
        handler=trail_export,
        targets=whole_tenant,
        permission="audit.administer",
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=frozenset({Face.REST, Face.CONSOLE}),
        audited=True,
        time_limit=60,
    ),
    Operation(
        name="audit.checkpoint",
        summary="Give the newest seal of the audit. Kept elsewhere, it proves later that nothing "
        "was cut off.",
        input=AuditCheckpointIn,
        output=AuditCheckpointOut,
        handler=checkpoint,
        permission="audit.view",
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=EVERYWHERE,
    ),
)
