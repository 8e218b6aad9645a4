"""The state machine of an alert: when a value raises one, and when it clears.

    nothing -> pending -> firing -> resolved
    pending -> nothing (it went away before it lasted)

A pure step, so that its properties can be tried on any sequence of values.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.fleet.alerts.rules import Side, Thresholds


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an open alert. `clearing_since` is when its value became good."""

    firing: bool
    since: datetime
    clearing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """It is over: a pending one leaves nothing behind, a firing one is resolved."""

    resolved: bool


def step(
    before: Standing | None, value: float, side: Side, limits: Thresholds, now: datetime
) -> Standing | Gone | None:
    """Where an alert stands after a value that is known now; None where there is none.

    A value that is not known is no reason to call this: it moves nothing.
    """
    if before is None:
        return _begun(now, limits) if limits.is_bad(value, side) else None
    if not before.firing:
        return _pending(before, limits.is_bad(value, side), limits, now)
    if not limits.is_good(value, side):
        return Standing(True, before.since)
    since = before.clearing_since or now
    if now - since >= timedelta(seconds=limits.clear_seconds):
        return Gone(resolved=True)
    return Standing(True, before.since, since)


def _begun(now: datetime, limits: Thresholds) -> Standing:
    return Standing(limits.raise_seconds == 0, now)


def _pending(
    before: Standing, bad: bool, limits: Thresholds, now: datetime
) -> Standing | Gone | None:
    if not bad:
        return Gone(resolved=False)
    lasted = now - before.since >= timedelta(seconds=limits.raise_seconds)
    return Standing(lasted, before.since)
