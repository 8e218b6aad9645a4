"""Reads of sites, devices, their state and their targets, always for somebody."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Q

from apps.fleet.models import (
    Device,
    DeviceState,
    DeviceStatus,
    EmergencyStop,
    Liveness,
    Site,
    Target,
)
from apps.fleet.models.device import DeviceRows
from apps.fleet.models.site import SiteRows
from apps.fleet.models.target import TERMINAL, TargetRows
from apps.fleet.stops import standing
from apps.kernel.actor import Actor
from apps.kernel.cache import read_through
from apps.kernel.canonical import digest
from apps.kernel.errors import Failure, nearest, not_found

VIEW = "fleet.view"
#: Names that are looked through for the one that was meant.
MOST_NAMES = 200
#: Places that are looked through likewise.
PATHS_MOST = 2_000


def devices(actor: Actor, permission: str = VIEW) -> DeviceRows:
    """Devices in operation that the actor may see, with their state."""
    return _in_operation(actor, permission).select_related("state")


def device_get(
    actor: Actor, id_or_name: UUID | str, kind: str | None = None, permission: str = VIEW
) -> Device:
    """One device in operation by id or name; raises `not_found` whether absent or foreign.

    Most callers want to act on it: its state is fetched where it is asked for.
    """
    wanted = _named(id_or_name) if kind is None else _named(id_or_name) & Q(kind=kind)
    device = _in_operation(actor, permission, wanted).first()
    if device is None:
        raise _no_device(actor, permission, id_or_name, kind)
    return device


def devices_named(
    actor: Actor, names: Sequence[str], permission: str, *columns: str, lock: bool = False
) -> list[Device]:
    """The devices of these names or ids, each once, in the order they are named.

    Raises `not_found` at the first that is absent or foreign. `columns` are those the caller
    reads besides the name; without any, all come. With `lock` their rows are held until the
    running transaction ends.
    """
    ids = {name: UUID(name) for name in names if is_id(name)}
    wanted = Q(id__in=ids.values()) | Q(name__in=names)
    rows = _in_operation(actor, permission, wanted)
    if columns:
        rows = rows.only("name", *columns)
    # Locked by name, as devices are ordered, so that two calls never wait for each other.
    found = list(rows.select_for_update() if lock else rows.order_by())
    by_name: dict[str | UUID, Device] = {row.name: row for row in found}
    by_name |= {row.id: row for row in found}
    chosen = {}
    for name in names:
        device = by_name.get(ids.get(name, name)) or by_name.get(name)
        if device is None:
            raise _no_device(actor, permission, name)
        chosen[device.id] = device
    return list(chosen.values())


def _no_device(
    actor: Actor, permission: str, wanted: UUID | str, kind: str | None = None
) -> Failure:
    there = _in_operation(actor, permission, *(() if kind is None else (Q(kind=kind),)))
    guess = nearest(str(wanted), names_like(there, wanted))
    return not_found(kind or "device", wanted, guess=guess)


def names_like(rows: DeviceRows, word: UUID | str) -> list[str]:
    """Names in `rows` that begin or end like `word`, a bounded number.

    One slip of the hand leaves the other half of a name as it is, two leave a third.
    """
    text = "" if is_id(word) else str(word)
    for share in (2, 3) if text else ():
        size = max(1, len(text) // share)
        alike = Q(name__istartswith=text[:size]) | Q(name__iendswith=text[-size:])
        found = rows.filter(alike).order_by("name").values_list("name", flat=True)
        if names := list(found[:MOST_NAMES]):
            return names
    return []


def sites(actor: Actor, permission: str = VIEW) -> SiteRows:
    """Places the actor may see, parents before children."""
    return Site.objects.for_actor(actor, permission)


def site_get(actor: Actor, path: str, permission: str = VIEW) -> Site:
    """One place by path; raises `not_found` whether absent or foreign."""
    found = sites(actor, permission).filter(path=path).first()
    if found is None:
        known = sites(actor, permission).values_list("path", flat=True)[:PATHS_MOST]
        raise not_found("site", path, guess=nearest(path, known))
    return found


def stops(actor: Actor) -> list[EmergencyStop]:
    """Emergency stops in force that cover anything the actor may see, the widest first."""
    if not actor.may(VIEW):
        return []
    found = standing(actor.tenant_id).order_by("path")
    return [one for one in found if _is_touched(actor, one)]


def stop_get(actor: Actor, stop_id: UUID) -> EmergencyStop:
    """One stop in force by id; raises `not_found` for one that covers nothing of the actor's."""
    for one in stops(actor):
        if one.id == stop_id:
            return one
    raise not_found("stop", stop_id)


def _is_touched(actor: Actor, stop: EmergencyStop) -> bool:
    if actor.may_at(VIEW, stop.path):
        return True
    return devices(actor).filter(site_path__startswith=stop.path).exists()


def device_state(device: Device) -> DeviceState:
    """The last thing known about a device; a blank one when nothing is known yet."""
    state = DeviceState.objects.filter(device_id=device.id).first()
    return state or DeviceState(device=device)


def targets(actor: Actor) -> TargetRows:
    """Targets of disruptive jobs that the actor may see."""
    return Target.objects.for_actor(actor, VIEW).select_related("device")


def open_targets(actor: Actor) -> TargetRows:
    """Those that are not over: each holds its device."""
    return targets(actor).exclude(state__in=TERMINAL)


def matching(actor: Actor, *, text: str = "", tag: str = "", **exact: str) -> DeviceRows:
    """Devices filtered by text (name, address, serial, model), tag, and exact columns.

    `exact` takes kind, driver, site (a path, subtree included) and liveness; empty is any.
    """
    rows = devices(actor)
    if text:
        rows = rows.filter(
            Q(name__icontains=text)
            | Q(address__icontains=text)
            | Q(serial__icontains=text)
            | Q(model__icontains=text)
        )
    if tag:
        rows = rows.filter(tags__contains=[tag])
    columns = {
        "kind": "kind",
        "driver": "driver",
        "site": "site_path__startswith",
        "liveness": "state__liveness",
    }
    return rows.filter(**{columns[name]: value for name, value in exact.items() if value})


def fleet_summary(actor: Actor) -> dict[str, Any]:
    """Counts of the actor's devices by kind and liveness; up to two minutes old.

    A change of the fleet makes a new summary at once, ages of states do not.
    """
    key = f"{actor.tenant_id}:{generation(actor.tenant_id)}:{rights_digest(actor)}"
    return read_through("fleet", key, lambda: _counted(actor))


def rights_digest(actor: Actor) -> str:
    """The same for actors who see the same, in every process."""
    layers = [
        sorted(
            digest([sorted(right.permissions), right.path, sorted(map(str, right.devices))])
            for right in layer
        )
        for layer in actor.layers
    ]
    return digest([layers, None if actor.scopes is None else sorted(actor.scopes)])


def generation(tenant_id: UUID | None) -> int:
    """Which edition of the tenant's summaries is valid."""
    return int(cache.get(generation_key(tenant_id)) or 0)


def generation_key(tenant_id: UUID | None) -> str:
    """Where the edition is kept."""
    return f"fleet:generation:{tenant_id}"


def _counted(actor: Actor) -> dict[str, Any]:
    rows = devices(actor).order_by().select_related(None)
    never = dict.fromkeys(Liveness.values, 0)
    by_kind: dict[str, dict[str, int]] = {}
    for row in rows.values("kind", "state__liveness").annotate(count=Count("id")):
        counts = by_kind.setdefault(row["kind"], dict(never))
        counts[row["state__liveness"] or Liveness.NEVER] += row["count"]
    return {
        "total": sum(sum(counts.values()) for counts in by_kind.values()),
        "by_kind": by_kind,
        "by_liveness": {
            name: sum(counts[name] for counts in by_kind.values()) for name in Liveness.values
        },
        "busy": open_targets(actor).order_by().count(),
        "sites": sites(actor).order_by().count(),
    }


def _in_operation(actor: Actor, permission: str, *also: Q) -> DeviceRows:
    return Device.objects.for_actor(actor, permission, Q(status=DeviceStatus.ACTIVE), *also)


def is_id(word: UUID | str) -> bool:
    """Whether a word is an id rather than a name."""
    if isinstance(word, UUID):
        return True
    try:
        UUID(word)
    except ValueError:
        return False
    return True


def _named(id_or_name: UUID | str) -> Q:
    if isinstance(id_or_name, UUID):
        return Q(id=id_or_name)
    by_name = Q(name=id_or_name)
    return Q(id=UUID(id_or_name)) | by_name if is_id(id_or_name) else by_name
