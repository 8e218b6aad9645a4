"""What Cores run, ran and should run, as callers ask for it and say it."""

from typing import Any

from apps.kernel import clock
from apps.kernel.errors import conflict
from apps.operations.context import Context
from apps.qsys.inventory import versions
from apps.qsys.models import Core, DesignDrift, DesignPin, DesignRun
from apps.qsys.schemas.designs import (
    QsysDesignCore,
    QsysDesignDrift,
    QsysDesignHistoryIn,
    QsysDesignHistoryOut,
    QsysDesignListIn,
    QsysDesignListOut,
    QsysDesignPinIn,
    QsysDesignPinned,
    QsysDesignPinOut,
    QsysDesignRun,
    QsysDesignVersion,
)
from apps.qsys.selectors import core_device
from apps.qsys.services.cores import core_of


def design_list(ctx: Context, data: QsysDesignListIn) -> QsysDesignListOut:
    """What Cores run, by name, and counted."""
    wanted = versions.WantedRuns(
        device=core_device(ctx.actor, data.device) if data.device else None,
        site=data.site,
        design=data.design,
        drifted=data.drifted,
    )
    found = versions.page(ctx.actor, wanted, after=data.cursor, limit=data.limit + 1)
    page = found[: data.limit]
    return QsysDesignListOut(
        cores=[_core(run) for run in page],
        versions=[QsysDesignVersion(**row) for row in versions.versions(ctx.actor, wanted)],
        cursor=page[-1].device.name if len(found) > data.limit else None,
    )


def design_history(ctx: Context, data: QsysDesignHistoryIn) -> QsysDesignHistoryOut:
    """What one Core ran."""
    device = core_device(ctx.actor, data.device)
    found = versions.runs(device, data.limit + 1)
    return QsysDesignHistoryOut(
        device=device.id,
        runs=[
            QsysDesignRun(**_ran(run), began=run.began, ended=run.ended)
            for run in found[: data.limit]
        ],
        more=len(found) > data.limit,
    )


def design_pin(ctx: Context, data: QsysDesignPinIn) -> QsysDesignPinOut:
    """Say what a Core should run, or that nothing is said any more."""
    device = core_of(ctx.actor, data.device)
    held = DesignPin.objects.filter(device=device).first()
    said = {"design": data.design, "design_code": data.design_code, "firmware": data.firmware}
    ctx.before = _pinned_words(held)
    if data.release:
        DesignPin.objects.filter(device=device).delete()
        return QsysDesignPinOut(device=device.id, pinned=None)
    if not any(said.values()):
        core = Core.system.filter(device=device).exclude(design_code="").first()
        if core is None:
            raise conflict(
                "Nobody knows yet what this Core runs; name a design, or wait until it answers."
            )
        said = {"design": core.design, "design_code": core.design_code, "firmware": ""}
    pin, _ = DesignPin.objects.update_or_create(
        device=device,
        defaults={**said, "pinned_by": ctx.actor.label, "pinned_at": clock.now()},
    )
    ctx.after = said
    return QsysDesignPinOut(device=device.id, pinned=_pin(pin))


def _core(run: DesignRun) -> QsysDesignCore:
    device = run.device
    return QsysDesignCore(
        device=device.id,
        device_name=device.name,
        site=device.site_path,
        **_ran(run),
        since=run.began,
        pinned=_pin(getattr(device, "design_pin", None)),
        drift=_drift(getattr(device, "design_drift", None)),
    )


def _ran(run: DesignRun) -> dict[str, Any]:
    return {name: getattr(run, name) for name in versions.RAN}


def _pin(pin: DesignPin | None) -> QsysDesignPinned | None:
    if pin is None:
        return None
    words: dict[str, Any] = _pinned_words(pin)
    return QsysDesignPinned(**words, pinned_by=pin.pinned_by, pinned_at=pin.pinned_at)


def _pinned_words(pin: DesignPin | None) -> dict[str, str]:
    if pin is None:
        return {}
    return {"design": pin.design, "design_code": pin.design_code, "firmware": pin.firmware}


def _drift(drift: DesignDrift | None) -> QsysDesignDrift | None:
    if drift is None:
        return None
    return QsysDesignDrift(reasons=drift.reasons, detail=drift.detail, since=drift.since)
