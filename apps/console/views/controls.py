"""Setting a control by hand: the fader's and the switch's way to the one operation."""

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from apps.console.access import page
from apps.console.calls import Wish, call
from apps.console.forms import literal
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.kernel.ids import new_id
from apps.operations.failures import TABLE
from apps.operations.outcome import Status
from apps.qsys.selectors import present

SET: Final = "qsys.control.set"
TYPES: Final = ("number", "boolean", "string")
LONGEST: Final = 1_000


@require_POST
@page
def control_set(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """Set one control, and answer what the Core says that it is now; refusals in words."""
    device = present.core_device(actor, device_id)
    path = {
        "device": str(device.id),
        "component": request.POST.get("component", "")[:LONGEST] or None,
        "control": request.POST.get("control", "")[:LONGEST],
    }
    wanted = literal(request.POST.get("value", "")[:LONGEST], TYPES)
    wish = Wish(SET, {**path, "value": wanted}, key=f"console:{new_id()}")
    try:
        outcome = call(request, actor, wish)
    except Failure as failure:
        said = [f"{one.path} {one.message}" for one in failure.errors]
        detail = " ".join([failure.detail, *said])
        return JsonResponse({"detail": detail}, status=TABLE[failure.code].http)
    if outcome.status is not Status.OK or outcome.output is None:
        return JsonResponse(
            {"detail": "A second person has to grant this.", "form": _form(path)}, status=428
        )
    return JsonResponse(_shown(outcome.output))


def _shown(output: dict[str, Any]) -> dict[str, Any]:
    after = output["after"]
    return {
        "value": after["value"],
        "string": after["string"],
        "confirmed": output["confirmed"],
    }


def _form(path: dict[str, str | None]) -> str:
    query = {name: value for name, value in path.items() if value}
    return f"{reverse('console:operation', args=(SET,))}?{urlencode(query)}"
