"""Events of Q-SYS Cores: controls, pages, designs, certificates, pairs."""

from datetime import datetime
from uuid import UUID

from apps.events.types.base import Event


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
