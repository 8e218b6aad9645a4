"""Every kind of event there is, typed. Names are `app.noun.past` and are never reused."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """Base of all events; `type` is the stored name, `permission` what it takes to see it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: ClassVar[str]
    permission: ClassVar[str]


class OperationFinished(Event):
    """A call that changed something has ended."""

    type = "operations.call.finished"
    permission = "audit.view"
    call_id: UUID
    operation: str
    verdict: str
    actor: str
    face: str
    object_id: UUID | None = None
    object_label: str = ""


class ApprovalRequested(Event):
    """Somebody wants to do what needs a second person."""

    type = "operations.approval.requested"
    permission = "operations.view"
    approval_id: UUID
    operation: str
    requester: str


class ApprovalDecided(Event):
    """A second person granted or refused."""

    type = "operations.approval.decided"
    permission = "operations.view"
    approval_id: UUID
    operation: str
    verdict: str


class JobChanged(Event):
    """A job moved to another state, or made progress."""

    type = "jobs.job.changed"
    permission = "jobs.view"
    job_id: UUID
    operation: str
    state: str
    done: int
    total: int
    sentence: str


class JobLogged(Event):
    """A job wrote a line into its log."""

    type = "jobs.log.written"
    permission = "jobs.view"
    job_id: UUID
    number: int
    level: str
    message: str


class ScheduleFired(Event):
    """A schedule came due and its operation was called."""

    type = "jobs.schedule.fired"
    permission = "jobs.view"
    schedule_id: UUID
    name: str
    verdict: str
    detail: str = ""


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


class ControlChanged(Event):
    """A control of a Core has another value (discrete changes, never meters)."""

    type = "qsys.control.changed"
    permission = "qsys.view"
    device_id: UUID
    component: str
    control: str
    value: float | bool | str | None
    string: str
    position: float | None
    previous: float | bool | str | None = None
    cause: str = "device"


class ChangesLost(Event):
    """Changes of a Core were seen and could not be kept: the store was away for too long."""

    type = "qsys.changes.lost"
    permission = "qsys.view"
    device_id: UUID
    count: int
    since: datetime
    until: datetime


class PolicyChanged(Event):
    """A control policy or a lock was made, changed or taken away."""

    type = "qsys.policy.changed"
    permission = "qsys.view"
    policy_id: UUID
    name: str
    place: str
    change: str
    actor: str


class PageChanged(Event):
    """A page that was submitted from here is in another state; zones are names."""

    type = "qsys.page.changed"
    permission = "qsys.view"
    page_id: UUID
    number: int | None
    state: str
    detail: str
    ending: str
    zones: list[str]
    priority: int
    actor: str


class DesignChanged(Event):
    """A Core runs another design."""

    type = "qsys.design.changed"
    permission = "qsys.view"
    device_id: UUID
    design: str
    code: str


class InventoryChanged(Event):
    """A Core, the other Core of a pair or a component has another status.

    `kind` is core, partner or component; the words of `status` are those of the inventory.
    """

    type = "qsys.inventory.changed"
    permission = "qsys.view"
    device_id: UUID
    name: str
    kind: str
    component: str
    control: str
    before: str
    status: str
    text: str


class DesignDrifted(Event):
    """A Core does not run the design or the firmware that it should."""

    type = "qsys.design.drifted"
    permission = "qsys.view"
    device_id: UUID
    name: str
    reasons: list[str]
    detail: str


class DesignSettled(Event):
    """A Core that had drifted runs what it should."""

    type = "qsys.design.settled"
    permission = "qsys.view"
    device_id: UUID
    name: str
    drifted_seconds: float


class CorePinned(Event):
    """A Core's certificate was met for the first time, and counts from now on."""

    type = "qsys.certificate.pinned"
    permission = "qsys.view"
    device_id: UUID
    name: str
    side: str
    fingerprint: str


class CoreDistrusted(Event):
    """A Core showed another certificate than the pinned one, and is not talked to."""

    type = "qsys.certificate.refused"
    permission = "qsys.view"
    device_id: UUID
    name: str
    side: str
    fingerprint: str
    pinned: str


class PairEvent(Event):
    """What all news of a redundant pair say: `side` is the end that serves, if one does."""

    permission = "qsys.view"
    device_id: UUID
    name: str
    side: str
    detail: str


class PairSwitched(PairEvent):
    """The other Core of a pair serves now."""

    type = "qsys.pair.switched"


class PairSplit(PairEvent):
    """Both Cores of a pair say that they are active."""

    type = "qsys.pair.split"


class PairUnserved(PairEvent):
    """No Core of a pair is active."""

    type = "qsys.pair.unserved"


class PairDiffered(PairEvent):
    """The Cores of a pair run different designs."""

    type = "qsys.pair.differed"


class PairDegraded(PairEvent):
    """One Core of a pair does not answer; the other one serves."""

    type = "qsys.pair.degraded"


class PairRestored(PairEvent):
    """One Core of a pair serves, the other stands by, with the same design."""

    type = "qsys.pair.restored"


class MinerChanged(Event):
    """A miner changed its firmware, status or target."""

    type = "miners.miner.changed"
    permission = "miners.view"
    device_id: UUID
    change: str
    before: Any = None
    after: Any = None


class CurtailmentChanged(Event):
    """A curtailment moved to another state. Power in watts, of the whole place."""

    type = "miners.curtailment.changed"
    permission = "miners.view"
    curtailment_id: UUID
    name: str
    state: str
    limit_watts: int | None = None
    sentence: str = ""


class CurtailedMinerMoved(Event):
    """One miner of a curtailment moved to another state."""

    type = "miners.curtailment.moved"
    permission = "miners.view"
    curtailment_id: UUID
    device_id: UUID
    name: str
    state: str
    job_id: UUID | None = None
    detail: str = ""


class HealthChanged(Event):
    """A health check of the plane has another verdict."""

    type = "system.health.changed"
    permission = "system.view"
    check: str
    status: str
    detail: str = ""


EVENTS: tuple[type[Event], ...] = (
    OperationFinished,
    ApprovalRequested,
    ApprovalDecided,
    JobChanged,
    JobLogged,
    ScheduleFired,
    DeviceLost,
    DeviceFound,
    DeviceChanged,
    TargetMoved,
    RolloutChanged,
    RolloutMemberMoved,
    StopChanged,
    AlertChanged,
    DeliveryDied,
    ControlChanged,
    ChangesLost,
    PolicyChanged,
    PageChanged,
    DesignChanged,
    InventoryChanged,
    DesignDrifted,
    DesignSettled,
    CorePinned,
    CoreDistrusted,
    PairSwitched,
    PairSplit,
    PairUnserved,
    PairDiffered,
    PairDegraded,
    PairRestored,
    MinerChanged,
    CurtailmentChanged,
    CurtailedMinerMoved,
    HealthChanged,
)
