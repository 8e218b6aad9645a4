"""Why nobody is told of an alert: work on the device, a silence, or a greater alert above it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from apps.fleet.alerts.rules import Mute, installed, mutes
from apps.fleet.models import Alert, Silence


@dataclass(frozen=True, slots=True)
class Muting:
    """All that mutes in one look at a tenant."""

    works: tuple[tuple[Mute, Mapping[UUID, str]], ...]
    silences: tuple[Silence, ...]
    kinds: Mapping[UUID, str]

    @classmethod
    def of(cls, tenant_id: UUID, kinds: Mapping[UUID, str], now: datetime) -> Self:
        """What mutes now; `kinds` are the kinds of the tenant's devices."""
        works = tuple((mute, mute.devices(tenant_id)) for mute in mutes())
        return cls(works, tuple(in_force(tenant_id, now)), kinds)

    def work_on(self, rule: str, device_id: UUID | None) -> str:
        """The work that explains a value of this device; blank for none."""
        if device_id is None:
            return ""
        for mute, devices in self.works:
            if device_id in devices and mute.covers(rule):
                return devices[device_id]
        return ""

    def reason(self, alert: Alert, greater: Iterable[Alert]) -> str:
        """Why nobody is told of `alert`; blank where people are."""
        return (
            self.work_on(alert.rule, alert.device_id)
            or next((words(one) for one in self.silences if self._matches(one, alert)), "")
            or next((under(one) for one in greater if is_under(alert, one)), "")
        )[:300]

    def _matches(self, silence: Silence, alert: Alert) -> bool:
        kind = self.kinds.get(alert.device_id, "") if alert.device_id else ""
        if silence.device_id is not None:
            return silence.device_id == alert.device_id and silence.rule in ("", alert.rule)
        return (
            alert.site_path.startswith(silence.path)
            and silence.rule in ("", alert.rule)
            and silence.kind in ("", kind)
        )


def in_force(tenant_id: UUID, now: datetime) -> Iterable[Silence]:
    """Silences that hold now."""
    return Silence.system.filter(tenant_id=tenant_id, begins_at__lte=now, ends_at__gt=now)


def words(silence: Silence) -> str:
    """A silence as the alert it mutes shows it."""
    until = silence.ends_at.strftime("%Y-%m-%d %H:%M UTC")
    return f"Silenced by {silence.author} until {until}: {silence.reason}"


def greater(alerts: Iterable[Alert]) -> list[Alert]:
    """Open alerts that mute others, the widest place first."""
    names = {rule.name for rule in installed() if rule.mutes}
    found = [alert for alert in alerts if alert.rule in names]
    return sorted(found, key=lambda alert: (alert.device_id is not None, len(alert.site_path)))


def is_under(alert: Alert, other: Alert) -> bool:
    """Whether `other` says what is behind `alert`: the same device, or a place around it."""
    if alert is other:
        return False
    if other.device_id is not None:
        return alert.device_id == other.device_id
    wider = len(other.site_path) < len(alert.site_path)
    return alert.site_path.startswith(other.site_path) and (alert.device_id is not None or wider)


def under(other: Alert) -> str:
    """The greater alert in words."""
    return f"Follows from another alert: {other.note or other.label}"
