"""A simulated Core: design, state, redundancy role, faults and history, without any socket."""

from __future__ import annotations

import secrets
import string
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from apps.qsys.simulator import rendering
from apps.qsys.simulator.control import Control, Ramp
from apps.qsys.simulator.faults import Dialect, Faults
from apps.qsys.simulator.pages import Page, PagingSystem, zone_status
from apps.qsys.simulator.spec import ComponentSpec, DesignSpec

if TYPE_CHECKING:
    from apps.qsys.simulator.peer import Peer

Clock = Callable[[], float]
GROUPS_A_CORE = 512
GROUPS_A_PEER = 4
HISTORY = 10_000
CODE_ALPHABET = string.ascii_letters + string.digits
# Kept out of the history, which they would flood; the counts have them.
FREQUENT = ("ChangeGroup.Poll", "NoOp")


class Command(msgspec.Struct, frozen=True):
    """One received command: when (wall clock, s), by which door and connection, what."""

    at: float
    face: str
    connection: int
    method: str
    params: Any


class Job(msgspec.Struct):
    """What an output of a loop player plays, or waits to play at a second of the day."""

    file: str
    state: str
    loop: bool
    at: int


class Component:
    """A component of the running design."""

    def __init__(self, spec: ComponentSpec) -> None:
        self.spec = spec
        self.name = spec.name
        self.controls = {
            one.name: Control(spec.name, one, numbers=spec.numbers) for one in spec.controls
        }


class Core:
    """The machine. `clock` gives seconds and drives ramps and meters, `wall` the time of day.

    `users` maps names to PINs; when there are any, or any `api_keys`, every call needs a logon.
    """

    def __init__(
        self,
        design: DesignSpec,
        *,
        name: str = "core",
        users: dict[str, str] | None = None,
        api_keys: Iterable[str] = (),
        clock: Clock = time.monotonic,
        wall: Clock = time.time,
    ) -> None:
        self.name = name
        self.users = dict(users or {})
        self.api_keys = frozenset(api_keys)
        self.clock = clock
        self.wall = wall
        self.state = "Active"
        self.redundant = False
        self.status = (0, "OK")
        self.faults = Faults()
        self.dialect = Dialect()
        self.history: deque[Command] = deque(maxlen=HISTORY)
        self.counts: Counter[str] = Counter()
        self.peers: dict[int, Peer] = {}
        self.moving: dict[Control, None] = {}
        self.media: set[str] = set()
        self.stored: dict[tuple[str, int], dict[Control, float | str]] = {}
        self.playing: dict[str, dict[int, Job]] = {}
        self.paging = PagingSystem(self._told_zone)
        self.load(design)

    # -- design and state

    def load(self, design: DesignSpec) -> None:
        """Run a design with a new code; change groups are gone."""
        self.design = design
        self.code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(12))
        self.components = {one.name: Component(one) for one in design.components}
        self.moving.clear()
        self.platform = design.platform
        self.media = set(design.media)
        self.stored.clear()
        self.playing.clear()
        self.paging.drop()
        self.named = {
            alias: self.components[component].controls[control]
            for alias, (component, control) in design.named.items()
        }
        self.forget_groups()

    def forget_groups(self) -> None:
        """Drop every change group, as a restart of the engine does."""
        for peer in self.peers.values():
            peer.drop_groups()

    def exposed(self) -> list[Component]:
        """The components that remote clients may see."""
        return [one for one in self.components.values() if one.spec.exposed]

    def of_type(self, kind: str) -> Component | None:
        """The first component of a type."""
        return next((one for one in self.components.values() if one.spec.type == kind), None)

    def engine_status(self) -> dict[str, Any]:
        """The body of StatusGet and EngineStatus."""
        code, words = self.status
        return {
            "Platform": self.platform,
            "State": self.state,
            "DesignName": self.design.name,
            "DesignCode": self.code,
            "IsRedundant": self.redundant,
            "IsEmulator": self.design.emulator,
            "Status": {"Code": code, "String": words},
        }

    def become(self, state: str) -> None:
        """Change to Active, Standby or Idle and tell every client."""
        self.state = state
        self.announce()

    def announce(self, times: int = 1) -> None:
        """Push the engine status to every client."""
        for _ in range(times):
            for peer in tuple(self.peers.values()):
                peer.push("EngineStatus", self.engine_status())

    def _told_zone(self, zone: int, page: Page | None) -> None:
        """A paging zone became busy or free: its light changes, and who wants to know hears."""
        router = self.of_type("PA")
        if router is not None:
            router.controls[f"zone.{zone}.active"].settle(float(page is not None))
        for peer in tuple(self.peers.values()):
            if peer.hears_zones:
                peer.push("PA.ZoneStatus", zone_status(zone, page, self.wall()))

    def group_count(self) -> int:
        """Change groups of all connections."""
        return sum(len(peer.groups) for peer in self.peers.values())

    # -- controls

    def control(self, component: str, name: str) -> Control:
        """A control by component and name, whether exposed or not; raises KeyError."""
        return self.components[component].controls[name]

    def advance(self) -> float:
        """Bring ramps up to now, and say when that is."""
        now = self.clock()
        for control in tuple(self.moving):
            control.advance(now)
            if control.ramp is None:
                del self.moving[control]
        return now

    def look(self, control: Control) -> None:
        """Bring one control up to now, before it is read."""
        control.advance(self.clock())

    def move(self, control: Control, target: float, ramp: float = 0.0) -> None:
        """Set a control, at once or over `ramp` seconds; a new set replaces a ramp under way."""
        control.ramp = None
        self.moving.pop(control, None)
        if ramp <= 0:
            control.settle(target)
            return
        goal = rendering.clamp(control.spec, target)
        control.ramp = Ramp(control.value, goal, self.clock(), ramp)
        self.moving[control] = None

    def record(self, peer: Peer, method: str, params: Any) -> None:
        """Remember a received command."""
        self.counts[method] += 1
        if method not in FREQUENT:
            command = Command(time.time(), peer.face, peer.number, method, params)
            self.history.append(command)
