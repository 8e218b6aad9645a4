"""Reads the policies that bind a caller on a Core, and refuses what they do not allow."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from django.db.models import Q
from pydantic import BaseModel

from apps.fleet.models import Device
from apps.kernel import clock, windows
from apps.kernel.actor import Actor
from apps.kernel.errors import conflict
from apps.kernel.windows import Hours
from apps.operations.context import Context
from apps.operations.core import Danger
from apps.operations.models import IdempotencyKey
from apps.operations.outcome import PlanRefusal
from apps.qsys.models import ControlPolicy
from apps.qsys.policies import rules, words
from apps.qsys.policies.rules import Rule, Write

In = TypeVar("In", bound=BaseModel)

#: Refusals that a plan lists one by one.
PLANNED_MOST: Final = 50


def require(ctx: Context, device: Device, writes: Sequence[Write]) -> None:
    """Raises `conflict` unless every policy in force allows the writes.

    Called right before they are sent, with what the controls are at that moment.
    """
    now = clock.now()
    bound = binding(ctx.actor, device)
    found = rules.breaches(bound, writes, reason=ctx.call.reason)
    if found:
        raise conflict(words.together(found, now))
    wanted = rules.wants_second_person(bound, writes)
    if wanted and not _was_confirmed(ctx):
        raise conflict(words.second_person(wanted[0]))


def plan_refusals(ctx: Context, device: Device, writes: Sequence[Write]) -> tuple[PlanRefusal, ...]:
    """The same as refusals of a plan, which a dry run shows."""
    now = clock.now()
    found = rules.breaches(binding(ctx.actor, device), writes, reason=ctx.call.reason)
    told = [words.sentence(one, now) for one in found[:PLANNED_MOST]]
    if len(found) > PLANNED_MOST:
        told.append(f"{len(found) - PLANNED_MOST} more controls are refused as well.")
    return tuple(PlanRefusal(target=device.id, reason=one) for one in told)


def standing(
    actor: Actor, device: Device, paths: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """What stands now against any write of some controls, by component (blank: named) and name.

    For whoever shows controls before somebody sets one; limits of values are left to the set.
    """
    now = clock.now()
    bound = binding(actor, device)
    found: dict[tuple[str, str], str] = {}
    for path in paths if bound else ():
        write = Write(*path)
        if breaches := rules.breaches(bound, [write], reason=""):
            found[path] = words.against(breaches[0], now)
        elif wanted := rules.wants_second_person(bound, [write]):
            found[path] = f"a second person has to grant it, by the policy {wanted[0].name!r}."
    return found


def raised(
    of: Callable[[Actor, In], tuple[Device, Iterable[Write]]],
) -> Callable[[Actor, In], Danger]:
    """The danger of a call: one that a policy wants a second person for counts as destructive.

    `of` gives the Core and what would be written, without asking the Core.
    """

    def danger(actor: Actor, data: In) -> Danger:
        device, writes = of(actor, data)
        wanting = [one for one in binding(actor, device) if one.second_person]
        needed = bool(wanting) and bool(rules.wants_second_person(wanting, writes))
        return Danger.DESTRUCTIVE if needed else Danger.CHANGE

    return danger


def binding(actor: Actor, device: Device) -> list[Rule]:
    """The policies in force now that bind the caller on this Core."""
    rows = ControlPolicy.system.filter(
        Q(device=device) | Q(device=None), tenant_id=device.tenant_id, enabled=True
    )
    here = [rule_of(row) for row in rows if _holds_on(row, device)]
    free = [one for one in here if not _is_exempt(actor, device, one)]
    return rules.in_force(free, clock.now())


def rule_of(row: ControlPolicy) -> Rule:
    """A row as it is judged by."""
    return Rule(
        id=row.id,
        name=row.name,
        component=row.component,
        controls=tuple(row.controls),
        note=row.note,
        protected=row.protected,
        max_step=row.max_step,
        minimum=row.minimum,
        maximum=row.maximum,
        require_reason=row.require_reason,
        second_person=row.second_person,
        unless=row.unless,
        lock=row.lock,
        hours=Hours(tuple(map(windows.parse, row.windows)), row.time_zone, row.outside),
    )


def _holds_on(row: ControlPolicy, device: Device) -> bool:
    if row.device_id is not None:
        return row.device_id == device.id
    return device.site_path.startswith(row.site_path) and row.tag in ("", *device.tags)


def _is_exempt(actor: Actor, device: Device, rule: Rule) -> bool:
    return bool(rule.unless) and actor.may_at(rule.unless, device.site_path, device.id)


def _was_confirmed(ctx: Context) -> bool:
    """Whether the call passed the gate with a plan: the danger it had then was raised."""
    claims = IdempotencyKey.objects.filter(call_id=ctx.call.id, confirmation_id__isnull=False)
    return claims.exists()
