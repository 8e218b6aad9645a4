"""The bar of a list of devices: what the ticked ones can be given, and the form that does it."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from apps.console import batches
from apps.console.access import page, show
from apps.console.forms import form_of, prefilled
from apps.console.views.devices import filtered, filters_of
from apps.console.views.operations import form
from apps.fleet import selectors as fleet
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.operations.catalogue import installed


@require_POST
@page
def bar(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The exact count, and whom each action would leave out."""
    devices = _chosen(request, actor)
    found = [batches.split(actor, one, devices) for one in batches.actions(actor)]
    return show(request, actor, "_batch.html", {"count": len(devices), "batches": found})


@require_POST
@page
def batch(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form of one action with the ticked devices filled in; sending that form is what acts."""
    name = request.POST.get("operation", "")
    found = next((one for one in batches.actions(actor) if one.name == name), None)
    if found is None:
        raise installed().unknown(name)
    made = batches.split(actor, found, _chosen(request, actor))
    ids = [str(device.id) for device in made.taken]
    fields = prefilled(form_of(found, actor), {batches.FIELD: ids})
    return form(request, actor, found, fields, batch=made)


def _chosen(request: HttpRequest, actor: Actor) -> list[Device]:
    """The ticked devices, or all that fit the filters in the address."""
    return batches.chosen(filtered(fleet.devices(actor), filters_of(request)), request.POST)
