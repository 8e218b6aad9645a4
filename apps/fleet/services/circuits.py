"""Power circuits and what each may draw."""

from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.fleet.models import Circuit, Site
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict, not_found

TAKEN: Final = "Another place has a circuit of that name; devices could not tell the two apart."


def circuit_save(*, site: Site, name: str, saved_by: str, **fields: Any) -> tuple[Circuit, bool]:
    """Make a circuit at a place, or change the one of that name there; with whether it is new.

    `fields` are limit_watts and note. Raises `conflict` where another place has the name.
    """
    known = {"saved_by": saved_by, "saved_at": clock.now(), **fields}
    try:
        with transaction.atomic():
            return Circuit.system.update_or_create(
                tenant_id=site.tenant_id, name=name, path=site.path, defaults=known
            )
    except IntegrityError:
        raise conflict(TAKEN) from None


def circuit_get(actor: Actor, circuit: UUID, permission: str) -> Circuit:
    """One circuit; raises `not_found` whether absent or foreign."""
    found = Circuit.objects.for_actor(actor, permission).filter(id=circuit).first()
    if found is None:
        raise not_found("circuit", circuit)
    return found
