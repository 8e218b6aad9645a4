"""What is watched of a Core, and what each watch costs, also before it is saved."""

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.console.access import page, show
from apps.console.calls import operation_for
from apps.console.fields import FormField
from apps.console.forms import form_of, prefilled, raw_input
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.kernel.ids import new_id
from apps.operations.parsing import read
from apps.qsys.models import EVENTS, FRAMES, SECONDS, Watch
from apps.qsys.poller.plan import Rule
from apps.qsys.schemas.history import QsysWatchSetIn
from apps.qsys.selectors import costs as costing
from apps.qsys.selectors import present

SET: Final = "qsys.watch.set"
CONFIGURE: Final = "qsys.configure"
#: What a watch is called while nobody has typed its name yet: the cost needs none.
UNNAMED: Final = "new watch"
#: What estimates are made of, said beside them.
STATED: Final = {
    "sample_bytes": costing.SAMPLE_BYTES,
    "second_bytes": costing.SECOND_BYTES,
    "event_bytes": costing.EVENT_BYTES,
    "frame_days": FRAMES.keep_days,
    "second_days": SECONDS.keep_days,
    "event_days": EVENTS.keep_days,
}


@page
def watches(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """All watches of a Core with their cost, the fastest first."""
    device = present.core_device(actor, device_id)
    drafts = [costing.draft_of(row) for row in present.watches(actor, device)]
    context = {
        "device": device,
        "costs": costing.costs(actor, device, drafts),
        "stated": STATED,
        "may_set": actor.may_at(CONFIGURE, device.site_path, device.id),
    }
    return show(request, actor, "watches.html", context)


@page
def watch(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """The form of one watch, new or named in the address; its cost shows as it is filled in."""
    device = present.core_device(actor, device_id)
    name = request.GET.get("name", "")[:60]
    row = present.watches(actor, device).filter(name=name).first() if name else None
    context = {
        "device": device,
        "fields": prefilled(_fields(actor), _given(row)),
        "watch": row,
        "key": f"console:{new_id()}",
    }
    return show(request, actor, "watch.html", context)


@page
def watch_cost(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """What the watch that is being filled in would cost, beside the others."""
    device = present.core_device(actor, device_id)
    context: dict[str, Any] = {"device": device, "stated": STATED}
    try:
        given = raw_input(_fields(actor), request.GET)
        given["name"] = given.get("name") or UNNAMED
        draft = _draft(read(QsysWatchSetIn, {"device": str(device.id), **given}))
    except Failure as failure:
        return show(request, actor, "_watch_cost.html", {**context, "failure": failure})
    found = costing.costs(actor, device, [draft, *_others(actor, device, draft.name)])
    context |= {"costs": found, "cost": found.watches[0]}
    return show(request, actor, "_watch_cost.html", context)


def _fields(actor: Actor) -> list[FormField]:
    """The fields of a watch; its Core is known."""
    return [one for one in form_of(operation_for(actor, SET), actor) if one.name != "device"]


def _given(row: Watch | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {name: getattr(row, name) for name in QsysWatchSetIn.model_fields if name != "device"}


def _draft(data: QsysWatchSetIn) -> costing.Draft:
    rule = Rule(
        data.component,
        tuple(data.controls),
        data.rate_hz,
        data.deadband,
        data.every_tick,
        data.storage,
    )
    return costing.Draft(data.name, rule, data.enabled)


def _others(actor: Actor, device: Device, name: str) -> list[costing.Draft]:
    rows = present.watches(actor, device).exclude(name=name)
    return [costing.draft_of(row) for row in rows]
