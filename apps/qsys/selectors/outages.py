"""When nobody could look at a Core: the gaps of its history, as far back as events are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.events.models import Outbox
from apps.events.types import DeviceFound
from apps.fleet.models import Device, DeviceState, Liveness


@dataclass(frozen=True, slots=True)
class Outage:
    """A span without an answer."""

    since: datetime
    until: datetime

    def covers(self, moment: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.since <= moment < self.until


def outages(device: Device, start: datetime, end: datetime) -> list[Outage]:
    """Spans between `start` and `end` in which a Core that the caller may see did not answer."""
    ended = Outbox.objects.filter(type=DeviceFound.type, device_id=device.id, at__gte=start)
    found = [
        Outage(at - timedelta(seconds=payload.get("silent_seconds") or 0.0), at)
        for at, payload in ended.order_by("at").values_list("at", "payload")
    ]
    state = DeviceState.objects.filter(device=device).first()
    if state is not None and state.liveness in (Liveness.LOST, Liveness.REBOOTING):
        found.append(Outage(state.seen_at or start, end))
    return [one for one in found if one.since < end and one.until > one.since]
