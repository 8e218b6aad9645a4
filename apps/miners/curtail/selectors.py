"""Reads of curtailments and their report, always for somebody."""

from collections import Counter
from uuid import UUID

from apps.kernel.actor import Actor
from apps.kernel.errors import not_found
from apps.miners.curtail import report
from apps.miners.curtail.preview import kilo
from apps.miners.curtail.schemas import (
    MinersCurtailedMiner,
    MinersCurtailment,
    MinersCurtailmentOut,
)
from apps.miners.models.curtailment import (
    HELD,
    IN_HAND,
    CurtailedMiner,
    Curtailment,
    CurtailmentRows,
)

VIEW = "miners.view"


def curtailments(actor: Actor, *, active: bool = False) -> CurtailmentRows:
    """Events that the actor may see, newest first."""
    rows = Curtailment.objects.for_actor(actor, VIEW)
    return rows.filter(state__in=IN_HAND) if active else rows


def curtailment_get(actor: Actor, event_id: UUID, permission: str = VIEW) -> Curtailment:
    """One event; raises `not_found` whether absent or foreign."""
    found = Curtailment.objects.for_actor(actor, permission).filter(id=event_id).first()
    if found is None:
        raise not_found("curtailment", event_id)
    return found


def curtailed_by(device_id: UUID) -> str:
    """Which curtailment has a device, as a reason to leave it alone; empty when none has."""
    rows = CurtailedMiner.system.filter(device_id=device_id, state__in=HELD)
    name = rows.values_list("curtailment__name", flat=True).first()
    return f"Curtailment {name} has it paused." if name is not None else ""


def shown(event: Curtailment) -> MinersCurtailment:
    """Where it stands, without its miners."""
    return MinersCurtailment(**_common(event))


def detailed(event: Curtailment, *, limit: int, points: int) -> MinersCurtailmentOut:
    """With its miners and its report."""
    rows = event.miners.select_related("device").order_by("place", "id")
    proof = report.of(event, points=points)
    return MinersCurtailmentOut(
        **_common(event),
        counts=dict(Counter(rows.values_list("state", flat=True))),
        unused_kwh=proof.unused_kwh,
        kept_percent=proof.kept_percent,
        miners=[_miner(one) for one in rows[:limit]],
        points=proof.points,
    )


def _common(event: Curtailment) -> dict[str, object]:
    return {
        "curtailment": event.id,
        "name": event.name,
        "site": event.site_path,
        "state": event.state,
        "sentence": event.sentence,
        "emergency": event.emergency,
        "priority": event.priority,
        "baseline_kw": None if event.baseline_watts is None else kilo(event.baseline_watts),
        "limit_kw": None if event.limit_watts is None else kilo(event.limit_watts),
        "not_before": event.not_before,
        "until": event.until,
        "started_at": event.started_at,
        "finished_at": event.finished_at,
    }


def _miner(one: CurtailedMiner) -> MinersCurtailedMiner:
    return MinersCurtailedMiner(
        device=one.device_id,
        name=one.device.name,
        state=one.state,
        detail=one.detail,
        watts_before=one.watts_before,
        late=one.late,
        job=one.job_id,
    )
