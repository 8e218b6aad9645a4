"""What one look at a tenant reads: its devices as they are known, its settings, its open alerts."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from apps.fleet.alerts.rules import Measured, Rule, Seen, Side, Thresholds
from apps.fleet.models import Alert, AlertSetting, Device, DeviceStatus
from apps.fleet.models.alert import OPEN

#: What tells alerts apart: rule, device, subject.
Key = tuple[str, UUID | None, str]
Settings = dict[str, list[AlertSetting]]

#: Share of its own limit that a value has to be below to be clear again.
CLEAR_SHARE: Final = 0.97

COLUMNS: Final = (
    *("id", "tenant_id", "name", "kind", "site_path", "circuit"),
    *("state__liveness", "state__reason", "state__seen_at", "state__summary"),
)


def seen(tenant_id: UUID) -> list[Seen]:
    """Every device in operation of a tenant, as last seen; those nobody has looked for are left."""
    rows = Device.system.filter(
        tenant_id=tenant_id, status=DeviceStatus.ACTIVE, state__isnull=False
    )
    return [Seen(*row) for row in rows.order_by().values_list(*COLUMNS)]


def settings(tenant_id: UUID) -> Settings:
    """How rules are set at places, by rule, the nearest place first."""
    found: Settings = {}
    for row in sorted(AlertSetting.system.filter(tenant_id=tenant_id), key=lambda r: -len(r.path)):
        found.setdefault(row.rule, []).append(row)
    return found


def limits_at(rule: Rule, path: str, known: Settings) -> Thresholds:
    """The thresholds that count at a place."""
    for row in known.get(rule.name, ()):
        if path.startswith(row.path):
            return merged(rule.usual, row)
    return rule.usual


def limits_of(rule: Rule, value: Measured, known: Settings) -> Thresholds:
    """The thresholds that count for a value: its own limit before what is set at its place.

    Of its own limit it is clear again some percent before, so that it does not come and go.
    """
    limits = limits_at(rule, value.site_path, known)
    if value.limit is None:
        return limits
    way = CLEAR_SHARE if rule.side is Side.ABOVE else 1 / CLEAR_SHARE
    return replace(limits, raise_at=value.limit, clear_at=value.limit * way)


def merged(usual: Thresholds, row: AlertSetting) -> Thresholds:
    """What the rule itself says, but for what a setting says otherwise."""
    names = ("raise_at", "clear_at", "raise_seconds", "clear_seconds", "enabled")
    said = {name: getattr(row, name) for name in names if getattr(row, name) is not None}
    return replace(usual, **said, severity=row.severity or usual.severity)


def measured(
    rules: Iterable[Rule], devices: Sequence[Seen], now: datetime
) -> Iterable[tuple[Rule, Measured]]:
    """Every value that is known now, rule by rule."""
    by_kind: dict[str, list[Seen]] = {}
    for one in devices:
        by_kind.setdefault(one.kind, []).append(one)
    for rule in rules:
        those = by_kind.get(rule.kind, []) if rule.kind else devices
        for value in rule.read(those, now):
            yield rule, value


def open_alerts(tenant_id: UUID) -> dict[Key, Alert]:
    """Pending and firing ones, by what tells them apart."""
    rows = Alert.system.filter(tenant_id=tenant_id, state__in=OPEN)
    return {(row.rule, row.device_id, row.subject): row for row in rows}
