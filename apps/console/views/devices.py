"""The list of devices, and one device with all that can be done to it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from apps.audit import selectors as audit
from apps.console import batches
from apps.console.access import page, show
from apps.console.calls import may_call
from apps.console.evidence import with_endings
from apps.console.forms import DEVICE_FIELDS
from apps.console.paging import numbered
from apps.console.presenters import button_word, presenter
from apps.console.status import badge
from apps.console.views.overview import worst_first
from apps.fleet import selectors as fleet
from apps.fleet.models import Device, DeviceKind, Liveness
from apps.fleet.models.device import DeviceRows
from apps.jobs import selectors as jobs
from apps.kernel.actor import Actor
from apps.operations.catalogue import installed
from apps.operations.core import AnyOperation, Danger, Face

MOST: Final = 10
#: How a button of each danger looks.
STYLES: Final = {Danger.DISRUPTIVE: "caution", Danger.DESTRUCTIVE: "danger"}
FILTERS: Final = ("q", "liveness", "kind", "site")
#: What the filter `liveness` may say besides one state.
SILENT: Final = "silent"


@page
def devices(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All devices that fit the filters in the address, the worst first."""
    filters = filters_of(request)
    rows = worst_first(filtered(fleet.devices(actor), filters))
    found = numbered(request, rows)
    sites = fleet.sites(actor).values_list("path", flat=True)
    context = {
        **found,
        "devices": found["rows"],
        "total": rows.count(),
        "filters": filters,
        "filtered": any(filters.values()),
        "liveness_choices": [
            *((one, badge("liveness", one).word) for one in Liveness.values),
            (SILENT, "Does not answer"),
        ],
        "kind_choices": DeviceKind.choices,
        "sites": sites[:200],
        "may_register": may_call(actor, "fleet.device.register"),
        "may_choose": bool(batches.actions(actor)),
    }
    return show(request, actor, "devices.html", context)


def filters_of(request: HttpRequest) -> dict[str, str]:
    """The filters in the address; empty ones do not filter."""
    return {name: request.GET.get(name, "").strip()[:100] for name in FILTERS}


def filtered(rows: DeviceRows, filters: dict[str, str]) -> DeviceRows:
    """Text in name, address, serial, model or tags; exact kind and state; a place's subtree."""
    if text := filters["q"]:
        names = ("name", "address", "serial", "model")
        found = Q(tags__contains=[text])
        for name in names:
            found |= Q(**{f"{name}__icontains": text})
        rows = rows.filter(found)
    if filters["liveness"] == Liveness.NEVER:
        rows = rows.filter(Q(state=None) | Q(state__liveness=Liveness.NEVER))
    elif filters["liveness"] == SILENT:
        rows = rows.filter(Q(state=None) | ~Q(state__liveness=Liveness.OK))
    elif filters["liveness"]:
        rows = rows.filter(state__liveness=filters["liveness"])
    if filters["kind"]:
        rows = rows.filter(kind=filters["kind"])
    return rows.filter(site_path__startswith=filters["site"]) if filters["site"] else rows


@page
def device_row(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """One row of the list, fetched again after an event; a ticked one stays ticked."""
    context = {
        "device": fleet.device_get(actor, device_id),
        "may_choose": bool(batches.actions(actor)),
        "ticked": "device" in request.GET,
    }
    return show(request, actor, "_device_row.html", context)


@page
def device(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """State, readings, actions, jobs and evidence of one device."""
    found = fleet.device_get(actor, device_id)
    shown = presenter(found.driver)
    state = getattr(found, "state", None)
    entries = None
    if actor.may("audit.view"):
        entries = with_endings(audit.entries(actor).filter(device_id=device_id), MOST)
    context = {
        "device": found,
        "liveness": state.liveness if state else Liveness.NEVER,
        "presenter": shown,
        "readings": shown.readings(actor, found),
        "desk": shown.desk(actor, found),
        "series": [asdict(one) for one in shown.history(actor, found)],
        "holding": fleet.open_targets(actor).filter(device_id=device_id).first(),
        "jobs": jobs.jobs(actor).filter(device_id=device_id)[:MOST],
        "entries": entries,
        "actions": list(grouped(actions(actor, found))),
        **shown.more(actor, found),
    }
    return show(request, actor, "device.html", context)


@dataclass(frozen=True, slots=True)
class Action:
    """A button on a device's page: the operation, and the field that takes the device."""

    operation: AnyOperation
    field: str

    @property
    def style(self) -> str:
        """How the button looks."""
        return STYLES.get(self.operation.danger, "")

    @property
    def word(self) -> str:
        """What the button says."""
        return button_word(self.operation)


def actions(actor: Actor, device: Device) -> Iterator[Action]:
    """What the actor may do with this device: its family's operations and the fleet's own."""
    apps = {presenter(device.driver).app, "fleet"}
    for operation in installed().visible_to(actor, Face.CONSOLE):
        field = next((name for name in operation.input.model_fields if name in DEVICE_FIELDS), None)
        reaches = actor.may_at(operation.permission, device.site_path, device.id)
        if field and operation.app in apps and reaches:
            yield Action(operation, field)


def grouped(found: Iterator[Action]) -> Iterator[tuple[str, list[Action]]]:
    """Harmless first, so that no dangerous button lies where one reaches blindly."""
    everything = list(found)
    for danger in Danger:
        group = [one for one in everything if one.operation.danger is danger]
        if group:
            yield danger.name, group
