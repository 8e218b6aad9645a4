"""Devices out to a CSV file and in from one."""

from uuid import NAMESPACE_OID, uuid5

from apps.fleet import exchange, selectors, services
from apps.fleet.exchange import Row
from apps.fleet.operations.common import BY_HAND, CONFIGURE, VIEW, device_ref, site_ref
from apps.fleet.schemas import (
    FleetDeviceExportIn,
    FleetDeviceExportOut,
    FleetDeviceImportIn,
    FleetDeviceImportOut,
    FleetImportRow,
)
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, FieldError
from apps.operations.context import Context
from apps.operations.core import Danger, Operation, Repeat, TargetRef
from apps.operations.outcome import Plan, PlanChange, PlanRefusal, PlanTarget


def export(ctx: Context, data: FleetDeviceExportIn) -> FleetDeviceExportOut:
    """All devices the caller may see, as CSV."""
    rows = list(selectors.matching(ctx.actor, site=data.site))
    return FleetDeviceExportOut(csv=exchange.written(rows), devices=len(rows))


def import_targets(actor: Actor, data: FleetDeviceImportIn) -> tuple[TargetRef, ...]:
    """The places that would get devices, and the devices that would change."""
    rows = exchange.judged(actor, data.csv, update=data.update)
    taking = [row for row in rows if row.verdict == "create" or "site" in row.after]
    places = {row.site.id: row.site for row in taking if row.site}
    changing = tuple(device_ref(row.device) for row in rows if row.device)
    return (*map(site_ref, places.values()), *changing)


def import_plan(ctx: Context, data: FleetDeviceImportIn) -> Plan:
    """Every row's verdict before anything is written."""
    rows = exchange.judged(ctx.actor, data.csv, update=data.update)
    return Plan(
        targets=tuple(
            PlanTarget(kind="row", id=uuid5(NAMESPACE_OID, f"{row.line}"), label=row.name)
            for row in rows
        ),
        changes=tuple(
            PlanChange(
                target=uuid5(NAMESPACE_OID, f"{row.line}"),
                what=f"line {row.line}",
                before=dict(row.before) or None,
                after=dict(row.after) or row.wanted.model_dump(mode="json"),
            )
            for row in rows
            if row.verdict in ("create", "change") and row.wanted is not None
        ),
        refusals=tuple(
            PlanRefusal(target=uuid5(NAMESPACE_OID, f"{row.line}"), reason=row.reason)
            for row in rows
            if row.verdict == "refused"
        ),
    )


def import_(ctx: Context, data: FleetDeviceImportIn) -> FleetDeviceImportOut:
    """Register and change what can be; one bad row stops all unless only valid ones are wanted."""
    rows = exchange.judged(ctx.actor, data.csv, update=data.update)
    wrong = [row for row in rows if row.verdict == "refused"]
    if wrong and not data.valid_only:
        raise refused(wrong)
    done = [taken(row, tolerant=data.valid_only) for row in rows]
    ctx.before = {row.name: dict(row.before) for row in done if row.before}
    return FleetDeviceImportOut(
        created=sum(row.verdict == "create" for row in done),
        changed=sum(row.verdict == "change" for row in done),
        rows=[
            FleetImportRow(line=row.line, name=row.name, verdict=row.verdict, reason=row.reason)
            for row in done
        ],
    )


def taken(row: Row, *, tolerant: bool) -> Row:
    """Do what a row says; a conflict with something unseen refuses the row or all."""
    try:
        write(row)
    except Failure as failure:
        late = Row(row.line, row.name, "refused", failure.detail)
        if tolerant:
            return late
        raise refused([late]) from None
    return row


def write(row: Row) -> None:
    """Register or change a row's device."""
    if row.wanted is None or row.site is None:
        return
    if row.verdict == "create":
        fields = row.wanted.model_dump(exclude={"site", "driver"})
        services.device_create(site=row.site, driver_name=row.wanted.driver, **fields)
    elif row.device is not None:
        place = {"site": row.site} if "site" in row.after else {}
        services.device_update(row.device, {**row.after, **place})


def refused(rows: list[Row]) -> Failure:
    """The failure of an import as a whole; nothing was written."""
    errors = [FieldError(f"csv.line {row.line}", row.reason) for row in rows[:100]]
    return Failure(
        Code.INVALID,
        f"{len(rows)} row(s) cannot be taken, so nothing was written; the first is line "
        f"{rows[0].line}: {rows[0].reason} Correct them, or set valid_only.",
        errors=errors,
    )


OPERATIONS = (
    Operation(
        name="fleet.device.export",
        summary="Write the devices as CSV, in the form that the import reads.",
        input=FleetDeviceExportIn,
        output=FleetDeviceExportOut,
        handler=export,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
        audited=True,
    ),
    Operation(
        name="fleet.device.import",
        summary="Register or change the devices of a CSV text, all or only the valid ones.",
        input=FleetDeviceImportIn,
        output=FleetDeviceImportOut,
        handler=import_,
        targets=import_targets,
        plan=import_plan,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
        time_limit=60,
    ),
)
