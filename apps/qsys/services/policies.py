"""Making, changing and deleting control policies; locking and unlocking in an emergency."""

from typing import Any, Final
from uuid import UUID

from apps.events.types import PolicyChanged
from apps.fleet.models import Device
from apps.fleet.selectors import site_get
from apps.jobs.timing import check_zone
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict, invalid
from apps.operations.context import Context
from apps.operations.core import TargetRef
from apps.qsys import selectors
from apps.qsys.models import ControlPolicy
from apps.qsys.policies.guard import rule_of
from apps.qsys.schemas.policies import (
    QsysLockClearIn,
    QsysLockClearOut,
    QsysLockSetIn,
    QsysLockSetOut,
    QsysPlaceIn,
    QsysPolicyDeleteIn,
    QsysPolicyDeleteOut,
    QsysPolicySaveIn,
    QsysPolicySaveOut,
)
from apps.qsys.services.cores import core_of

CONFIGURE: Final = "qsys.configure"
LOCK_NAME: Final = "Emergency lock"


def place_targets(actor: Actor, data: QsysPlaceIn) -> tuple[TargetRef, ...]:
    """The Core, the place or the tenant that something shall hold for."""
    if data.device is not None:
        return (_device_ref(core_of(actor, data.device)),)
    if data.site == "/":
        return (TargetRef("tenant", actor.tenant, "the whole tenant"),)
    site = site_get(actor, data.site, CONFIGURE)
    return (TargetRef("site", site.id, site.path, site.path),)


def policy_targets(actor: Actor, data: QsysPolicyDeleteIn) -> tuple[TargetRef, ...]:
    """The place of a policy: who deletes it needs the right on all of it."""
    return (_row_ref("policy", selectors.policy_get(actor, data.policy)),)


def lock_targets(actor: Actor, data: QsysLockClearIn) -> tuple[TargetRef, ...]:
    """The place of a lock."""
    return (_row_ref("lock", selectors.policy_get(actor, data.lock, lock=True)),)


def policy_save(ctx: Context, data: QsysPolicySaveIn) -> QsysPolicySaveOut:
    """Make a policy, or change the one of that name at that place."""
    check_zone(data.time_zone)
    if data.name.casefold() == LOCK_NAME.casefold():
        raise invalid("name", f"{LOCK_NAME} is the name of locks; use qsys.lock.set.")
    columns = data.model_dump(exclude={"device", "site", "tag", "name"})
    key = {**_place(ctx.actor, data), "tag": data.tag, "name": data.name}
    ctx.before = ControlPolicy.system.filter(**key).values(*columns).first()
    row, created = ControlPolicy.system.update_or_create(
        **key, defaults={**columns, "updated_by": ctx.actor.label[:150]}
    )
    ctx.after = columns
    _tell(ctx, row, "made" if created else "changed")
    holds = row.enabled and rule_of(row).hours.hold(clock.now())
    return QsysPolicySaveOut(policy=row.id, place=row.place, created=created, in_force=holds)


def policy_delete(ctx: Context, data: QsysPolicyDeleteIn) -> QsysPolicyDeleteOut:
    """Take a policy away; what it said stays in the audit trail."""
    row = selectors.policy_get(ctx.actor, data.policy)
    ctx.before = _said(row)
    _delete(row.id)
    _tell(ctx, row, "deleted")
    return QsysPolicyDeleteOut(policy=data.policy, name=row.name)


def lock_set(ctx: Context, data: QsysLockSetIn) -> QsysLockSetOut:
    """Lock a place, or find it locked."""
    _require_reason(ctx)
    row, created = ControlPolicy.system.get_or_create(
        **_place(ctx.actor, data),
        tag="",
        name=LOCK_NAME,
        defaults={
            "note": f"set by {ctx.actor.label}: {ctx.call.reason}"[:500],
            "controls": ["*"],
            "protected": True,
            "unless": data.unless,
            "lock": True,
            "updated_by": ctx.actor.label[:150],
        },
    )
    if not created and row.unless != data.unless:
        raise conflict(
            f"{row.place} is locked already, except for holders of "
            f"{row.unless or 'no permission'}; clear lock {row.id} first."
        )
    if created:
        _tell(ctx, row, "locked")
    ctx.after = {"locked": True, "unless": row.unless}
    return QsysLockSetOut(lock=row.id, place=row.place, created=created)


def lock_clear(ctx: Context, data: QsysLockClearIn) -> QsysLockClearOut:
    """End a lock."""
    _require_reason(ctx)
    row = selectors.policy_get(ctx.actor, data.lock, lock=True)
    ctx.before = {"locked": True, "unless": row.unless, "note": row.note}
    ctx.after = {"locked": False}
    _delete(row.id)
    _tell(ctx, row, "unlocked")
    return QsysLockClearOut(lock=data.lock, place=row.place)


def _require_reason(ctx: Context) -> None:
    if not ctx.call.reason.strip():
        raise invalid("reason", "is needed: whoever is locked out will want to know why.")


def _delete(row_id: UUID) -> None:
    gone, _ = ControlPolicy.system.filter(id=row_id).delete()
    if not gone:
        raise conflict("Somebody else took it away at the same moment.")


def _tell(ctx: Context, row: ControlPolicy, change: str) -> None:
    """So that whoever works there sees at once what may no longer be done, or may again."""
    path = row.site_path if row.device is None else row.device.site_path
    event = PolicyChanged(
        policy_id=row.id,
        name=row.name,
        place=row.place,
        change=change,
        actor=ctx.actor.label,
    )
    ctx.emit(event, site_path=path, device_id=row.device_id)


def _place(actor: Actor, data: QsysPlaceIn) -> dict[str, Any]:
    """The columns that say where something holds."""
    device = None if data.device is None else core_of(actor, data.device)
    path = data.site if device is None else ""
    return {"tenant_id": actor.tenant, "device": device, "site_path": path}


def _device_ref(device: Device) -> TargetRef:
    return TargetRef("device", device.id, device.name, device.site_path, device.id)


def _row_ref(kind: str, row: ControlPolicy) -> TargetRef:
    path = row.site_path if row.device is None else row.device.site_path
    return TargetRef(kind, row.id, row.name, path, row.device_id)


def _said(row: ControlPolicy) -> dict[str, Any]:
    """A policy as the audit trail keeps it."""
    names = QsysPolicySaveIn.model_fields.keys() - {"device", "site"}
    return {"place": row.place, **{name: getattr(row, name) for name in sorted(names)}}
