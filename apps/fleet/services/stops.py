"""Setting and lifting emergency stops; each change is told once."""

from uuid import UUID

from django.db import transaction

from apps.events.publish import publish
from apps.events.types import StopChanged
from apps.fleet.models import EmergencyStop
from apps.kernel import clock
from apps.kernel.errors import conflict


def stop_set(
    *, tenant_id: UUID | None, path: str, set_by: str, reason: str
) -> tuple[EmergencyStop, bool]:
    """A standing stop of a place (no tenant: of the whole plane), and whether it is new."""
    with transaction.atomic():
        stop, created = EmergencyStop.system.get_or_create(
            tenant_id=tenant_id,  # type: ignore[misc]  # None is IS NULL, which the stubs miss
            path=path,
            lifted_at=None,
            defaults={"set_by": set_by[:150], "reason": reason[:500]},
        )
        if created:
            _tell(stop)
    return stop, created


def stop_lift(stop: EmergencyStop, *, lifted_by: str) -> EmergencyStop:
    """End a stop; raises `conflict` when it was lifted meanwhile."""
    with transaction.atomic():
        lifted = EmergencyStop.system.filter(id=stop.id, lifted_at=None).update(
            lifted_at=clock.now(), lifted_by=lifted_by[:150]
        )
        stop.refresh_from_db()
        if not lifted:
            raise conflict(f"{stop.lifted_by} lifted this stop already.")
        _tell(stop)
    return stop


def _tell(stop: EmergencyStop) -> None:
    event = StopChanged(
        stop_id=stop.id,
        place=stop.place,
        stands=stop.lifted_at is None,
        actor=stop.lifted_by or stop.set_by,
        reason=stop.reason,
    )
    publish(event, tenant_id=stop.tenant_id, site_path=stop.path)
