"""Acting on several devices at once: which actions there are, and whom each would leave out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict

from apps.console.presenters import button_word, device_apps, drivers_of
from apps.fleet.models import Device
from apps.fleet.models.device import DeviceRows
from apps.kernel.actor import Actor
from apps.operations.catalogue import installed
from apps.operations.core import AnyOperation, Face

#: The field by which an action takes several devices.
FIELD: Final = "devices"
#: Devices that may be chosen at all, and names of those left out that are said.
MOST: Final = 5_000
NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """One action on the chosen devices: those it takes, and the others by reason."""

    operation: AnyOperation
    taken: tuple[Device, ...]
    left: tuple[tuple[str, tuple[Device, ...]], ...] = ()

    @property
    def word(self) -> str:
        """What its button says."""
        return button_word(self.operation)

    @property
    def left_out(self) -> int:
        """How many of the chosen stay as they are."""
        return sum(len(devices) for _, devices in self.left)

    @property
    def sentences(self) -> list[str]:
        """Who is left out and why, a sentence for each reason."""
        return [f"{named(devices)}: {reason}" for reason, devices in self.left]


def named(devices: tuple[Device, ...]) -> str:
    """The first names, and how many more."""
    names = ", ".join(one.name for one in devices[:NAMED])
    more = len(devices) - NAMED
    return f"{names} and {more} more" if more > 0 else names


def actions(actor: Actor) -> list[AnyOperation]:
    """The actions that take several devices and nothing in their place, harmless first."""
    found = installed().visible_to(actor, Face.CONSOLE)
    apps = device_apps()
    several = (one for one in found if one.app in apps and takes_several(one))
    return sorted(several, key=lambda one: (one.danger, one.name))


def takes_several(operation: AnyOperation) -> bool:
    """Whether devices have to be named, and may be many."""
    field = operation.input.model_fields.get(FIELD)
    return field is not None and field.is_required()


def chosen(rows: DeviceRows, post: QueryDict) -> list[Device]:
    """The devices ticked in a list; with `every` all of `rows`, which the filters gave."""
    if "every" not in post:
        rows = rows.filter(id__in=[one for one in post.getlist("device")[:MOST] if is_id(one)])
    return list(rows.order_by("name")[:MOST])


def is_id(text: str) -> bool:
    """Whether a text is an id."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def split(
    actor: Actor, operation: AnyOperation, devices: Iterable[Device], *, limit: int | None = None
) -> Batch:
    """Whom the action would take, at most `limit` (else what one call takes), and whom not.

    What the devices themselves stand in the way of is said by the plan, which asks them.
    """
    most = most_of(operation) if limit is None else limit
    taken: list[Device] = []
    left: dict[str, list[Device]] = {}
    for device in devices:
        reason = obstacle(actor, operation, device)
        if not reason and len(taken) >= most:
            reason = f"one call takes {most} devices; choose the rest afterwards."
        (left.setdefault(reason, []) if reason else taken).append(device)
    grouped = tuple((reason, tuple(group)) for reason, group in left.items())
    return Batch(operation, tuple(taken), grouped)


def obstacle(actor: Actor, operation: AnyOperation, device: Device) -> str:
    """Why an action cannot take a device; nothing when it can."""
    drivers = drivers_of(operation.app)
    if drivers and device.driver not in drivers:
        return "this action is for another kind of device."
    if not actor.may_at(operation.permission, device.site_path, device.id):
        return f"your grants do not give {operation.permission} there."
    return ""


def most_of(operation: AnyOperation) -> int:
    """How many devices one call takes, as its input model says."""
    properties: Mapping[str, Any] = operation.input.model_json_schema()["properties"]
    return int(properties[FIELD].get("maxItems", MOST))
