"""Files of a Core's stored changes and telemetry: asked for, fetched, deleted."""

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.console.access import page, show
from apps.console.calls import may_here, operation_for
from apps.console.forms import form_of
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.ids import new_id
from apps.qsys.selectors import present
from apps.qsys.services.exports import exports as rows_of

CREATE: Final = "qsys.export.create"
DELETE: Final = "qsys.export.delete"
MOST: Final = 100


@page
def exports(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """Files that are kept, newest first, and the form for another."""
    device = present.core_device(actor, device_id)
    rows = rows_of(actor).filter(device=device, expires_at__gt=clock.now())
    fields = [one for one in form_of(operation_for(actor, CREATE), actor) if one.name != "device"]
    context = {
        "device": device,
        "files": rows[:MOST],
        "fields": fields,
        "key": f"console:{new_id()}",
        "may_delete": may_here(actor, DELETE, device),
    }
    return show(request, actor, "exports.html", context)
