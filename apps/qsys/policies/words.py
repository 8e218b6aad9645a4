"""What a refused caller is told: which policy, why, who may, and when it would be allowed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from apps.accounts.roles import BUILTIN_ROLES
from apps.kernel.permissions import any_covers
from apps.qsys.policies.rules import Breach, Rule

#: Breaches that a refusal spells out; the rest are counted.
TOLD_MOST: Final = 3


def sentence(breach: Breach, now: datetime) -> str:
    """One refusal, whole."""
    return f"{breach.write.where}: {against(breach, now)}"


def against(breach: Breach, now: datetime) -> str:
    """What stands against a write, without naming the control: the same for all it covers."""
    rule = breach.rule
    note = f" ({rule.note})" if rule.note else ""
    kind = "lock" if rule.lock else "policy"
    return f"{breach.why}, by the {kind} {rule.name!r}{note}. {who(rule)} {when(rule, now)}"


def second_person(rule: Rule) -> str:
    """What a call is told that a policy made while nobody had asked a second person."""
    return (
        f"The policy {rule.name!r} wants a second person for this change. "
        "Call again for a plan, and have it granted."
    )


def together(breaches: Sequence[Breach], now: datetime) -> str:
    """All that stands in the way, in a few sentences."""
    told = " ".join(sentence(one, now) for one in breaches[:TOLD_MOST])
    more = len(breaches) - TOLD_MOST
    rest = f" {more} more of its controls are refused as well." if more > 0 else ""
    return f"Nothing was sent. {told}{rest}"


def who(rule: Rule) -> str:
    """Who is not bound, or who may change the policy."""
    ending = f"qsys.lock.clear ends it (lock {rule.id})." if rule.lock else ""
    if rule.unless:
        return f"Whoever holds {rule.unless} ({roles(rule.unless)}) may do it. {ending}".strip()
    changed = f"Whoever holds qsys.configure may change the policy ({rule.id})."
    return ending or changed


def roles(permission: str) -> str:
    """The product's own roles that hold a permission."""
    return ", ".join(name for name, held in BUILTIN_ROLES.items() if any_covers(held, permission))


def when(rule: Rule, now: datetime) -> str:
    """When the policy lets go by itself."""
    free = rule.hours.free_at(now)
    if free is None:
        return "It holds at all times."
    zone = rule.hours.zone
    local = free.astimezone(ZoneInfo(zone))
    return f"It holds until {free:%Y-%m-%d %H:%M} UTC ({local:%a %H:%M} {zone})."
