"""The tick that turns readings into alerts: nothing in memory, and many may run at once.

Each tenant is looked at under the lock of its row in `AlertRound`, taken without waiting, and a
partial unique index allows one open alert of a rule and device whatever happens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from apps.accounts.models import Tenant
from apps.fleet.alerts import hysteresis, muting, reading, telling
from apps.fleet.alerts.hysteresis import Gone, Standing
from apps.fleet.alerts.muting import Muting
from apps.fleet.alerts.reading import Key, Settings
from apps.fleet.alerts.rules import Measured, Rule, Thresholds, installed
from apps.fleet.alerts.telling import Was
from apps.fleet.models import Alert, AlertRound, AlertState
from apps.kernel import clock

#: A process that stands still in the middle of a look loses its lock after so long.
LOOK_SECONDS: Final = 30

WRITTEN: Final = (
    *("label", "site_path", "severity", "state", "value", "threshold", "note", "muted", "told"),
    *("pending_since", "clearing_since", "fired_at", "resolved_at", "read_at"),
)


@dataclass(slots=True)
class Look:
    """One look at one tenant: what was open, and what becomes of it."""

    now: datetime
    settings: Settings
    muting: Muting
    open: dict[Key, Alert]
    new: list[Alert] = field(default_factory=list)
    dropped: list[Alert] = field(default_factory=list)
    known: set[Key] = field(default_factory=set)

    def standing(self) -> list[Alert]:
        """Alerts that are still open."""
        return [*self.open.values(), *self.new]


def tick() -> int:
    """Look at every tenant once; how many this process looked at."""
    return sum(look(tenant_id) for tenant_id in list(Tenant.objects.values_list("id", flat=True)))


def look(tenant_id: UUID) -> bool:
    """One look at a tenant; False while another process looks at it."""
    AlertRound.objects.bulk_create([AlertRound(tenant_id=tenant_id)], ignore_conflicts=True)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('idle_in_transaction_session_timeout', %s, true)",
                [f"{LOOK_SECONDS}s"],
            )
        rows = AlertRound.objects.select_for_update(skip_locked=True)
        mine = rows.filter(tenant_id=tenant_id).first()
        if mine is None:
            return False
        mine.looked_at = clock.now()
        mine.save(update_fields=["looked_at"])
        judge(tenant_id, mine.looked_at)
    return True


def judge(tenant_id: UUID, now: datetime) -> None:
    """Read, decide, write and tell; for whoever holds the tenant's row."""
    devices = reading.seen(tenant_id)
    kinds = {one.id: one.kind for one in devices}
    found = Look(
        now=now,
        settings=reading.settings(tenant_id),
        muting=Muting.of(tenant_id, kinds, now),
        open=reading.open_alerts(tenant_id),
    )
    before = {alert.id: stamp(alert) for alert in found.open.values()}
    for rule, value in reading.measured(installed(), devices, now):
        weigh(found, tenant_id, rule, value)
    close_the_baseless(found, kinds)
    mute(found)
    store(found, before)


def weigh(found: Look, tenant_id: UUID, rule: Rule, value: Measured) -> None:
    """Move the alert of one value on, make one, or let it go."""
    limits = reading.limits_of(rule, value, found.settings)
    key = (rule.name, value.device_id, value.subject)
    if not limits.enabled or key in found.known:
        return
    found.known.add(key)
    if value.partial and not limits.is_bad(value.value, rule.side):
        return
    alert = found.open.get(key)
    after = hysteresis.step(standing_of(alert), value.value, rule.side, limits, found.now)
    if isinstance(after, Gone):
        fill(found.open[key], value, limits)
        leave(found, key)
    elif after is not None:
        if alert is None:
            alert = Alert(tenant_id=tenant_id, rule=rule.name, pending_since=found.now)
            alert.device_id, alert.subject = value.device_id, value.subject
            found.new.append(alert)
        fill(alert, value, limits)
        move(found, alert, after)


def standing_of(alert: Alert | None) -> Standing | None:
    """An alert as the state machine sees it."""
    if alert is None:
        return None
    return Standing(alert.state == AlertState.FIRING, alert.pending_since, alert.clearing_since)


def fill(alert: Alert, value: Measured, limits: Thresholds) -> None:
    """What was read last, and where."""
    alert.label, alert.site_path = value.label[:200], value.site_path
    alert.value, alert.threshold, alert.note = value.value, limits.raise_at, value.note[:300]
    alert.severity, alert.read_at = limits.severity, value.read_at


def move(found: Look, alert: Alert, after: Standing) -> None:
    """Where it stands now. Work on the device explains the value: its time begins afterwards."""
    alert.clearing_since = after.clearing_since
    if alert.state == AlertState.FIRING:
        return
    if found.muting.work_on(alert.rule, alert.device_id):
        alert.pending_since = found.now
    elif after.firing:
        alert.state, alert.fired_at = AlertState.FIRING, found.now


def leave(found: Look, key: Key, why: str = "") -> None:
    """A firing alert is resolved, a pending one is forgotten."""
    alert = found.open.pop(key)
    if why:
        alert.note = why
    if alert.state == AlertState.FIRING:
        alert.state, alert.resolved_at = AlertState.RESOLVED, found.now
    found.dropped.append(alert)


def close_the_baseless(found: Look, kinds: Mapping[UUID, str]) -> None:
    """Alerts whose rule or device is no more; those without a new value stay as they are."""
    rules = {rule.name: rule for rule in installed()}
    for key, alert in list(found.open.items()):
        rule = rules.get(alert.rule)
        if rule is None:
            leave(found, key, "There is no such rule any more.")
        elif not reading.limits_at(rule, alert.site_path, found.settings).enabled:
            leave(found, key, "The rule was switched off here.")
        elif alert.device_id is not None and alert.device_id not in kinds:
            leave(found, key, "The device is no longer in operation.")


def mute(found: Look) -> None:
    """Write to each open alert why nobody is told of it, or that people are."""
    standing = found.standing()
    above = muting.greater(standing)
    for alert in standing:
        alert.muted = found.muting.reason(alert, above)


def stamp(alert: Alert) -> Was:
    """An alert as it was, to see whether it moved."""
    return Was(alert.state, alert.muted, tuple(getattr(alert, name) for name in WRITTEN))


def store(found: Look, before: Mapping[UUID, Was]) -> None:
    """Write what moved, and tell."""
    forgotten = [one for one in found.dropped if one.state == AlertState.PENDING]
    resolved = [one for one in found.dropped if one.state == AlertState.RESOLVED]
    news = [*telling.due(found.standing()), *(one for one in resolved if one.told)]
    Alert.system.filter(id__in=[one.id for one in forgotten]).delete()
    Alert.system.bulk_create(found.new)
    moved = [one for one in (*found.open.values(), *resolved) if stamp(one) != before[one.id]]
    Alert.system.bulk_update(moved, WRITTEN, batch_size=500)
    telling.publish_moves([*found.new, *moved], before)
    telling.queue(news, found.now)
