"""Keeps which design and firmware each Core ran, and tells once when it is not what it should."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from apps.events.publish import publish
from apps.events.types import DesignDrifted, DesignSettled, Event
from apps.fleet.models import Device, DeviceStatus
from apps.kernel import clock
from apps.kernel.advisory import alone
from apps.qsys.inventory.drift import Drift, Expected, Running, drifts
from apps.qsys.models import Core, DesignDrift, DesignPin, DesignRun, Pairing

#: The advisory lock of whoever follows; any constant of our own.
LOCK: Final = 0x71_73_64_65
DETAIL_MOST: Final = 500


def designs_follow() -> int:
    """Write down what runs and what has drifted since the last look; how many Cores were news.

    Safe to repeat and by several at once: one of them follows, the others do nothing.
    """
    with transaction.atomic():
        if not alone(LOCK):
            return 0
        now = clock.now()
        cores = list(_cores())
        news = _keep_runs(cores, now)
        return news + _keep_drifts(cores, now)


def _cores() -> QuerySet[Core]:
    """Cores in operation of which a design is known, with device, and pin if there is one."""
    rows = Core.system.filter(device__status=DeviceStatus.ACTIVE).exclude(design_code="")
    return rows.select_related("device", "device__design_pin").order_by("device_id")


def _keep_runs(cores: Sequence[Core], now: datetime) -> int:
    held = {run.device_id: run for run in DesignRun.system.filter(ended=None)}
    ended = set(held) - {core.device_id for core in cores}
    DesignRun.system.filter(device_id__in=ended, ended=None).update(ended=now)
    fresh = [run for core in cores if (run := _run(core, held.get(core.device_id), now))]
    DesignRun.system.bulk_create(fresh)
    return len(fresh) + len(ended)


def _run(core: Core, held: DesignRun | None, now: datetime) -> DesignRun | None:
    """The run that begins, if one does; the one it follows is ended."""
    run = DesignRun(
        device=core.device,
        design=core.design,
        design_code=core.design_code,
        platform=core.platform,
        firmware=core.device.firmware,
        began=now,
    )
    if held is None:
        run.began = core.design_at or now
        return run
    if _same(held, run):
        return None
    if held.design_code != run.design_code:
        run.began = max(core.design_at or now, held.began)
    DesignRun.system.filter(id=held.id).update(ended=run.began)
    return run


def _same(held: DesignRun, run: DesignRun) -> bool:
    """Whether nothing changed; what was blank and is known now was so all the time."""
    if (held.design, held.design_code) != (run.design, run.design_code):
        return False
    learned = {
        name: getattr(run, name)
        for name in ("platform", "firmware")
        if getattr(run, name) and not getattr(held, name)
    }
    if learned:
        DesignRun.system.filter(id=held.id).update(**learned)
    return all(
        getattr(held, name) in ("", getattr(run, name)) or not getattr(run, name)
        for name in ("platform", "firmware")
    )


def _keep_drifts(cores: Sequence[Core], now: datetime) -> int:
    found = drifts([_running(core, now) for core in cores], now)
    held = {row.device_id: row for row in DesignDrift.objects.select_related("device")}
    for core in cores:
        drift, row = found.get(core.device_id), held.get(core.device_id)
        if drift is not None and row is None:
            _begin(core.device, drift, now)
        elif drift is not None and row is not None:
            _update(row, drift)
    over = [row for device_id, row in held.items() if device_id not in found]
    for row in over:
        _end(row, now)
    return len(over) + len(found.keys() - held.keys())


def _running(core: Core, now: datetime) -> Running:
    pin: DesignPin | None = getattr(core.device, "design_pin", None)
    return Running(
        device_id=core.device_id,
        site_path=core.device.site_path,
        design=core.design,
        code=core.design_code,
        since=core.design_at or now,
        platform=core.platform,
        firmware=core.device.firmware,
        pair_differs=core.pair == Pairing.DIFFERING,
        pin=Expected(pin.design, pin.design_code, pin.firmware) if pin else None,
    )


def _begin(device: Device, drift: Drift, now: datetime) -> None:
    DesignDrift.objects.create(
        device=device, reasons=list(drift.reasons), detail=drift.detail[:DETAIL_MOST], since=now
    )
    _tell(
        device,
        DesignDrifted(
            device_id=device.id,
            name=device.name,
            reasons=list(drift.reasons),
            detail=drift.detail[:DETAIL_MOST],
        ),
    )


def _update(row: DesignDrift, drift: Drift) -> None:
    """The same drift for other reasons is kept, and not told again."""
    now = (list(drift.reasons), drift.detail[:DETAIL_MOST])
    if now != (row.reasons, row.detail):
        row.reasons, row.detail = now
        row.save(update_fields=["reasons", "detail"])


def _end(row: DesignDrift, now: datetime) -> None:
    device, seconds = row.device, (now - row.since).total_seconds()
    row.delete()
    _tell(device, DesignSettled(device_id=device.id, name=device.name, drifted_seconds=seconds))


def _tell(device: Device, event: Event) -> None:
    publish(event, tenant_id=device.tenant_id, site_path=device.site_path, device_id=device.id)


def runs_forget(oldest: datetime) -> None:
    """Drop runs that were over before `oldest`."""
    DesignRun.system.filter(ended__lt=oldest).delete()
