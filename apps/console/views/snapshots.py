"""The snapshots of a Core: each recalled or overwritten by way of its plan."""

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.console.access import page, show
from apps.kernel.actor import Actor
from apps.operations.catalogue import installed
from apps.qsys.selectors import banks, present

LOAD: Final = "qsys.snapshot.load"
SAVE: Final = "qsys.snapshot.save"


@page
def snapshots(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """Banks and slots, with buttons for what this person may do with them."""
    device = present.core_device(actor, device_id)

    def may(name: str) -> bool:
        return actor.may_at(installed().get(name).permission, device.site_path, device.id)

    context = {
        "device": device,
        "banks": banks.banks(actor, device),
        "may_load": may(LOAD),
        "may_save": may(SAVE),
    }
    return show(request, actor, "snapshots.html", context)
