"""What the poller reads and writes of Cores, watches and the dictionary of controls."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from apps.events.publish import publish
from apps.events.types import DesignChanged
from apps.fleet.drivers import Probe
from apps.fleet.models import Device
from apps.fleet.services import device_identify
from apps.kernel import clock
from apps.qsys.client import EngineStatus
from apps.qsys.models import Control, ControlEvent, Core, Watch
from apps.qsys.poller.plan import Found, Path, Rule
from apps.qsys.poller.slots import Dictionary, Known, clean

LEVELS: Final = (
    "gain", "*.gain", "mute", "*.mute", "meter.*", "peak.*", "rms.*", "select.*", "*.select",
)  # fmt: skip
#: What a Core is watched for until somebody says otherwise.
DEFAULT_WATCHES: Final = (
    {"name": "levels", "controls": list(LEVELS), "rate_hz": 33.0, "deadband": 0.0},
    {"name": "everything else", "controls": ["*"], "rate_hz": 2.0, "deadband": 0.0},
)
_DESCRIBED: Final = ("type", "direction", "minimum", "maximum", "telemetry", "design_code")
_CHUNK: Final = 2_000


def core_ensure(device: Device) -> Core:
    """The Core of a device, made with the usual watches when it is first asked for."""
    with transaction.atomic():
        core, made = Core.system.get_or_create(device=device)
        if made:
            Watch.system.bulk_create(Watch(device=device, **one) for one in DEFAULT_WATCHES)
    return core


def rules_of(device: Device) -> tuple[Rule, ...]:
    """The watches in force."""
    return rules_of_all([device])[device.id]


def rules_of_all(devices: Sequence[Device]) -> dict[UUID, tuple[Rule, ...]]:
    """The watches in force of each device, in two queries."""
    ids = [device.id for device in devices]
    known = set(Core.system.filter(device_id__in=ids).values_list("device_id", flat=True))
    for device in devices:
        if device.id not in known:
            core_ensure(device)
    found: dict[UUID, list[Rule]] = {one: [] for one in ids}
    for row in Watch.system.filter(device_id__in=ids, enabled=True):
        found[row.device_id].append(_rule(row))
    return {device_id: tuple(rules) for device_id, rules in found.items()}


def _rule(row: Watch) -> Rule:
    return Rule(
        row.component,
        tuple(row.controls),
        row.rate_hz,
        row.deadband,
        row.every_tick,
        row.storage,
    )


def engine_write(device: Device, status: EngineStatus, controls: int | None = None) -> bool:
    """Keep what a Core says of its engine; True when it runs another design than before."""
    now = clock.now()
    with transaction.atomic():
        row = Core.system.select_for_update().get(device=device)
        changed = row.design_code != status.design_code
        was_known = bool(row.design_code)
        row.platform = clean(status.platform)[:60] or row.platform
        row.state = clean(status.state)[:20]
        row.design = clean(status.design_name)[:200]
        row.design_code = clean(status.design_code)[:40]
        row.redundant, row.emulator = status.is_redundant, status.is_emulator
        row.status_code = max(-32768, min(status.status.code, 32767))
        row.status = clean(status.status.string)[:300]
        row.controls_total = row.controls_total if controls is None else controls
        row.design_at = now if changed else row.design_at
        row.updated_at = now
        row.save()
        if changed and was_known:
            _tell_design(device, row)
        _identify(device, row.platform)
    return changed and was_known


def controls_learn(
    device: Device, code: str, found: Sequence[Found], telemetry: Mapping[Path, bool]
) -> Dictionary:
    """The dictionary of the running design; numbers are given to controls that have none yet.

    `telemetry` tells for each watched control how its values are kept.
    """
    code = clean(code)[:40]
    wanted = {one.path: _row(device, one, code, telemetry) for one in found}
    have = {(row.component, row.name): row for row in Control.system.filter(device=device)}
    fresh = [row for path, row in wanted.items() if path not in have]
    Control.system.bulk_create(fresh, batch_size=_CHUNK, ignore_conflicts=True)
    stale = [have[path] for path, row in wanted.items() if path in have and _take(have[path], row)]
    Control.system.bulk_update(stale, _DESCRIBED, batch_size=500)
    return Dictionary(device.id, _known(device, wanted))


def _row(device: Device, one: Found, code: str, telemetry: Mapping[Path, bool]) -> Control:
    return Control(
        device=device,
        component=one.component,
        name=one.name,
        type=one.type,
        direction=one.direction,
        minimum=one.minimum,
        maximum=one.maximum,
        telemetry=telemetry.get(one.path, one.measured),
        design_code=code,
    )


def _take(row: Control, new: Control) -> bool:
    """Bring a stored row up to date; whether that changed it."""
    changed = [name for name in _DESCRIBED if getattr(row, name) != getattr(new, name)]
    for name in changed:
        setattr(row, name, getattr(new, name))
    return bool(changed)


def _known(device: Device, wanted: Iterable[Path]) -> dict[Path, Known]:
    paths = set(wanted)
    rows = Control.system.filter(device=device).values_list(
        "component", "name", "id", "last__control_id", "last__number", "last__string",
        "last__position",
    )  # fmt: skip
    newer = _newer(device)
    return {
        (component, name): newer.get(number)
        or Known(number, last is not None, value, string or "", position)
        for component, name, number, last, value, string, position in rows
        if (component, name) in paths
    }


def _newer(device: Device) -> dict[int, Known]:
    """What history tells beyond the last values, by control.

    Those are written now and then, so a poller that is killed leaves changes behind that they do
    not tell: they would be found, and stored, once more.
    """
    last = Control.system.filter(device=device).aggregate(at=Max("last__at"))["at"]
    events = ControlEvent.objects.filter(device_id=device.id)
    if last is not None:
        events = events.filter(at__gt=last)
    newest = events.order_by("control_id", "-at").distinct("control_id")
    return {
        one.control_id: Known(
            one.control_id,
            recorded=True,
            number=one.number,
            string=one.string,
            position=one.position,
        )
        for one in newest
    }


def _identify(device: Device, platform: str) -> None:
    """Keep the platform as the device's model, and tell it, when that is news.

    Its firmware and serial number are in the Core's management interface only.
    """
    if platform in ("", device.model):
        return
    device_identify(Device.system.select_for_update().get(id=device.id), Probe(model=platform))
    device.model = platform


def _tell_design(device: Device, core: Core) -> None:
    publish(
        DesignChanged(device_id=device.id, design=core.design, code=core.design_code),
        tenant_id=device.tenant_id,
        site_path=device.site_path,
        device_id=device.id,
    )
