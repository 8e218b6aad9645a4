"""What a curtailment would do, by the readings of now."""

from dataclasses import dataclass
from datetime import timedelta
from math import isinf
from uuid import UUID

from apps.miners.curtail.choice import Candidate, choose
from apps.miners.curtail.rules import CurtailmentRules
from apps.miners.curtail.schemas import (
    MinersCurtailmentChoice,
    MinersCurtailmentExcluded,
    MinersCurtailmentPreviewIn,
    MinersCurtailmentPreviewOut,
)
from apps.miners.curtail.sight import Claims, Sighted, reason_against, sighted


@dataclass(frozen=True, slots=True)
class Prospect:
    """What would be chosen, and what that would come to. Watts."""

    there: dict[UUID, Sighted]
    chosen: list[Candidate]
    excluded: dict[UUID, str]
    claims: Claims
    before: int
    limit: int
    after: int


def prospect(tenant_id: UUID, data: MinersCurtailmentPreviewIn) -> Prospect:
    """Look at the place and choose; nothing is asked of a miner and nothing is written."""
    rows = {one.id: one for one in sighted(tenant_id, data.site)}
    claims = Claims.of(tenant_id, rows)
    min_on = least_on(data.rules, emergency=data.emergency)
    against = {one.id: reason_against(one, claims, min_on=min_on) for one in rows.values()}
    before = sum(one.watts for one in rows.values() if one.fresh)
    limit = limit_of(before, data)
    able = [one.candidate for one in rows.values() if not against[one.id]]
    chosen = choose(able, before - limit, data.rules.tolerance_watts)
    return Prospect(
        there=rows,
        chosen=chosen,
        excluded={key: reason for key, reason in against.items() if reason},
        claims=claims,
        before=before,
        limit=limit,
        after=before - sum(one.shed_watts for one in chosen),
    )


def least_on(rules: CurtailmentRules, *, emergency: bool) -> timedelta | None:
    """How long a restored miner hashes at least; an emergency asks for nothing."""
    return None if emergency else timedelta(seconds=rules.min_on_seconds)


def limit_of(before: int, data: MinersCurtailmentPreviewIn) -> int:
    """What may be drawn, in W."""
    if data.cap_kw is not None:
        return round(data.cap_kw * 1000)
    return max(0, before - round((data.reduce_kw or 0.0) * 1000))


def shown(found: Prospect, data: MinersCurtailmentPreviewIn) -> MinersCurtailmentPreviewOut:
    """The prospect as callers get it."""
    return MinersCurtailmentPreviewOut(
        site=data.site,
        before_kw=kilo(found.before),
        limit_kw=kilo(found.limit),
        after_kw=kilo(found.after),
        reached=found.after <= found.limit + data.rules.tolerance_watts,
        miners=[_choice(found.there[one.id], one) for one in found.chosen],
        excluded=[
            MinersCurtailmentExcluded(
                device=key, name=found.there[key].device.name, reason=found.excluded[key]
            )
            for key in sorted(found.excluded, key=lambda key: found.there[key].device.name)
        ],
    )


def _choice(one: Sighted, candidate: Candidate) -> MinersCurtailmentChoice:
    worth = candidate.joule_per_terahash
    return MinersCurtailmentChoice(
        device=one.id,
        name=one.device.name,
        place=one.device.site_path,
        watts=one.watts,
        joule_per_terahash=None if isinf(worth) else worth,
    )


def kilo(watts: int | float) -> float:
    """Watts as kW, to the watt."""
    return round(watts / 1000, 3)
