"""Events of devices, rollouts, emergency stops and alerts."""

from uuid import UUID

from apps.events.types.base import Event


class DeviceLost(Event):
    """A device stopped answering."""

    type = "fleet.device.lost"
    permission = "fleet.view"
    device_id: UUID
    name: str
    reason: str


class DeviceFound(Event):
    """A device answers again."""

    type = "fleet.device.found"
    permission = "fleet.view"
    device_id: UUID
    name: str
    silent_seconds: float | None = None


class DeviceChanged(Event):
    """A device was registered, edited, tagged or decommissioned."""

    type = "fleet.device.changed"
    permission = "fleet.view"
    device_id: UUID
    name: str
    change: str


class TargetMoved(Event):
    """One device of a disruptive job moved on in its state machine."""

    type = "fleet.target.moved"
    permission = "fleet.view"
    device_id: UUID
    job_id: UUID
    state: str
    detail: str = ""


class RolloutChanged(Event):
    """A rollout, or one of its phases, moved to another state."""

    type = "fleet.rollout.changed"
    permission = "fleet.view"
    rollout_id: UUID
    name: str
    state: str
    phase: int | None = None
    phase_state: str = ""
    sentence: str = ""


class RolloutMemberMoved(Event):
    """One device of a rollout moved to another state."""

    type = "fleet.rollout.moved"
    permission = "fleet.view"
    rollout_id: UUID
    device_id: UUID
    name: str
    state: str
    job_id: UUID | None = None
    detail: str = ""


class StopChanged(Event):
    """An emergency stop was set or lifted."""

    type = "fleet.stop.changed"
    permission = "fleet.view"
    stop_id: UUID
    place: str
    stands: bool
    actor: str
    reason: str = ""


class AlertChanged(Event):
    """An alert began to fire, was resolved, muted, unmuted or acknowledged."""

    type = "fleet.alert.changed"
    permission = "fleet.view"
    alert_id: UUID
    device_id: UUID | None
    rule: str
    label: str
    severity: str
    state: str
    value: float
    threshold: float
    note: str
    muted: str
    acknowledged_by: str


class DeliveryDied(Event):
    """A message about alerts could not be delivered and was given up."""

    type = "fleet.delivery.died"
    permission = "fleet.view"
    delivery_id: UUID
    route: str
    error: str
