"""One Core as long as it is polled: connect, learn, poll on a grid, and again when that ends."""

import asyncio
import random
from collections.abc import Coroutine
from typing import Any, Final, cast

import redis
import structlog
from django.db import DatabaseError, InterfaceError

from apps.fleet import breaker, sessions
from apps.fleet.breaker import BreakerState
from apps.fleet.models import Device
from apps.fleet.pollers import Shard
from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.qsys.client import (
    EngineStatus,
    Poll,
    QsysRejected,
    QsysSession,
)
from apps.qsys.driver import CoreSession
from apps.qsys.errors import ERRORS, failure_of
from apps.qsys.links import group_budget
from apps.qsys.poller import rows, topology
from apps.qsys.poller.feed import Feed, Pushing, Sink
from apps.qsys.poller.intake import Intake
from apps.qsys.poller.metronome import Metronome
from apps.qsys.poller.outlook import Outlook
from apps.qsys.poller.plan import (
    MOST_GROUPS,
    Found,
    GroupPlan,
    Path,
    Plan,
    Rule,
    compile_plan,
    named_wanted,
)
from apps.qsys.poller.retry import Retry
from apps.qsys.poller.slots import Dictionary, Slot
from apps.qsys.poller.times import Times
from apps.qsys.telemetry import Buffer, Place, metrics

#: So many answers in a row close an open breaker.
CLOSES_BREAKER: Final = 3
#: Seconds after which an engine status is written again though it is the same.
KEEP_ANEW: Final = 60.0
#: A connection that ends sooner (s) is no recovery.
STAYED: Final = 2.0
#: Failures that say nothing came back.
SILENCE: Final = frozenset({Code.UNREACHABLE, Code.TIMEOUT, Code.INDETERMINATE})

#: Errors of our own stores, which say nothing of the Core.
STORE_AWAY: Final = (DatabaseError, InterfaceError, redis.RedisError)

log = structlog.get_logger(__name__)


class ReloadedError(Exception):
    """The Core runs another design, or is to be watched differently: begin anew."""


class CorePoller:
    """One device's poller. Everything lives on one loop; `rng` spreads phases and back-offs."""

    def __init__(
        self,
        device: Device,
        hold: Shard,
        buffer: Buffer,
        times: Times,
        rng: random.Random | None = None,
        metronome: Metronome | None = None,
    ) -> None:
        self.device = device
        self.outlook = Outlook(device.id)
        self.intake = Intake(Place(device.tenant_id, device.id, device.site_path), buffer)
        self._hold = hold
        self._times = times
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, guards nothing
        self._metronome = metronome or Metronome()
        self._rules: tuple[Rule, ...] | None = None
        self._listed: tuple[str, list[Found]] | None = None
        self._slots: dict[Path, Slot] = {}
        self._code = ""
        self._breaker_closed = False
        self._kept: tuple[EngineStatus | None, float] = (None, 0.0)
        """The engine status that was written last, and when."""
        self._pushing = Pushing()
        self._garbage = 0
        """Frames of this connection that could not be read, as far as they are counted."""
        self._mute = False
        """Whether the Core, on standby, told nothing of its controls."""
        self._changed = asyncio.Event()
        self._retry = Retry(times, self._rng)

    async def run(self) -> None:
        """Poll until cancelled, through whatever happens to the Core."""
        while True:
            connected = self.outlook.connections
            try:
                await self._session()
            except ReloadedError as error:
                log.info("core begins anew", device=str(self.device.id), why=str(error))
            except Exception as error:  # noqa: BLE001 - one device's failure must not end the shard
                await self._failed(error)
            if self.outlook.connections > connected and self.outlook.lasted >= STAYED:
                self._retry.succeeded()
            self.outlook.tries = self._retry.failed if self._retry.unreachable else 0
            await asyncio.sleep(self._retry.pause())

    def rewatch(self, rules: tuple[Rule, ...]) -> None:
        """Take the watches as they are now; a change of them begins anew."""
        if self._rules is not None and rules != self._rules:
            self._changed.set()

    def serve(self, side: str) -> None:
        """Begin anew when another Core of the pair serves than the one that is polled."""
        if self.outlook.connected and self.outlook.line.side not in ("", side):
            self._changed.set()

    # -- one connection

    async def _session(self) -> None:
        self._changed.clear()
        self._mute, self._garbage = False, 0
        session = cast(
            CoreSession, await sessions.connect(self.device, timeout=self._times.connect)
        )
        session.tie()
        qrc = session.qrc
        self.outlook.line.up(transport=session.face, address=qrc.peer, side=session.side)
        metrics.CONNECTIONS.inc()
        if self.outlook.connections:
            metrics.RECONNECTS.inc()
        try:
            status = await self._greet(qrc)
            plan = await self._learn(qrc, status)
            self.outlook.line.groups = len(plan.groups)
            self.outlook.up(status, plan)
            if self._retry.failed:
                log.info("core back", device=str(self.device.id), tries=self._retry.failed)
            await _until_first_ends(
                self._beat(qrc), *(self._watch_group(qrc, group) for group in plan.groups)
            )
        finally:
            metrics.CONNECTIONS.dec()
            self._count_garbage(qrc)
            self.outlook.down()
            await asyncio.shield(session.close())

    async def _greet(self, qrc: QsysSession) -> EngineStatus:
        """The engine's status; asked as often as it takes to close an open breaker."""
        status = await qrc.status(timeout=self._times.answer)
        for _ in range(CLOSES_BREAKER):
            if self._breaker_closed:
                break
            state = await asyncio.to_thread(breaker.polled, self.device.id, ok=True)
            self._breaker_closed = state is BreakerState.CLOSED
            status = await qrc.status(timeout=self._times.answer)
        return status

    async def _learn(self, qrc: QsysSession, status: EngineStatus) -> Plan:
        """Read the topology if the design is new, and lay out slots and groups."""
        if status.design_code != self._code:
            # A new design may be new firmware as well.
            self._code, self._pushing = status.design_code, Pushing()
        rules = self._rules = await self._hold.database(rows.rules_of, self.device)
        found = await self._topology(qrc, status.design_code, rules)
        plan = compile_plan(rules, found, most=min(MOST_GROUPS, group_budget()))
        kept = {
            path: rule.telemetry(one) for one in found for path, rule in _rule_of(plan, one.path)
        }
        dictionary = await self._hold.database(
            rows.controls_learn, self.device, status.design_code, found, kept
        )
        await self._hold.database(
            rows.engine_write, self.device, status, None if self._mute else len(found)
        )
        self._slots = self._laid_out(plan, found, dictionary)
        return plan

    async def _topology(self, qrc: QsysSession, code: str, rules: tuple[Rule, ...]) -> list[Found]:
        try:
            if self._listed is None or self._listed[0] != code:
                listed = await topology.read_controls(qrc, timeout=self._times.topology)
                self._listed = (code, listed)
            names = named_wanted(rules)
            named = await topology.read_named(qrc, names, timeout=self._times.topology)
        except QsysRejected as error:
            if not error.standby:
                raise
            self._mute = True
            return []
        return [*self._listed[1], *named]

    def _laid_out(self, plan: Plan, found: list[Found], dictionary: Dictionary) -> dict[Path, Slot]:
        """Slots of the watched controls; what was recorded of them before goes on."""
        by_path = {one.path: one for one in found}
        slots: dict[Path, Slot] = {}
        for group in plan.groups:
            for path, rule in group.members.items():
                known = dictionary.known.get(path)
                if known is None:
                    continue
                slot = self._slots.get(path) or known.slot(path)
                slot.obey(rule, by_path[path])
                slots[path] = slot
        return slots

    # -- polling

    async def _watch_group(self, qrc: QsysSession, plan: GroupPlan) -> None:
        """Watch one group; a standby Core that tells nothing is kept and asked for its status."""
        try:
            await self._feed_group(qrc, plan)
        except QsysRejected as error:
            if not error.standby:
                raise
            self._mute = True

    async def _feed_group(self, qrc: QsysSession, plan: GroupPlan) -> None:
        ticking = [
            slot
            for path in plan.members
            if (slot := self._slots.get(path)) and slot.every_tick and slot.telemetry
        ]
        rate = self.outlook.rate_of(plan)

        def take(poll: Poll, first: bool) -> None:
            if self._hold.held():
                self.intake.take(poll, self._slots, ticking, self._code, first=first)
            rate.answered(poll.received_ns)
            self.outlook.heard(poll.received_ns)

        sink = Sink(take, self._count_missed, self._require_same)
        feed = Feed(qrc, plan, self._times, self._pushing, sink, self._metronome)
        await feed.run(self._rng.uniform(0, 1 / plan.rate_hz))

    async def _beat(self, qrc: QsysSession) -> None:
        """Ask for the engine status now and then, and keep it; end when the watches change."""
        while True:
            try:
                await asyncio.wait_for(self._changed.wait(), self._times.heartbeat)
            except TimeoutError:
                asked = clock.monotonic()
                status = await qrc.status(timeout=self._times.answer)
                self.outlook.line.answered(asked)
                self._count_garbage(qrc)
                self._require_same(status)
                self.outlook.status = status
                self.outlook.heard()
                await self._keep(status)
            else:
                raise ReloadedError("other watches, or another Core of the pair")

    async def _keep(self, status: EngineStatus) -> None:
        """Write the engine's status if it is news; while the database is away polling goes on."""
        kept, at = self._kept
        if status == kept and clock.monotonic() - at < KEEP_ANEW:
            return
        try:
            await self._hold.database(rows.engine_write, self.device, status)
            self._kept = (status, clock.monotonic())
        except STORE_AWAY as error:
            log.warning("engine status not kept", error=str(error)[:300])

    def _require_same(self, status: EngineStatus | None) -> None:
        if status is None:
            return
        self.outlook.status = status
        if status.design_code != self._code:
            raise ReloadedError("another design")
        if self._mute and status.state == "Active":
            raise ReloadedError("active now")

    def _count_garbage(self, qrc: QsysSession) -> None:
        """Count what could not be read; a connection on which it begins is told of."""
        seen = qrc.counters.garbage
        if seen > self._garbage:
            if not self._garbage:
                log.warning("core sends garbage", device=str(self.device.id), peer=qrc.peer)
            metrics.GARBAGE.inc(seen - self._garbage)
            self._garbage = seen

    def _count_missed(self, ticks: int) -> None:
        if ticks:
            metrics.MISSED.inc(ticks)
            self.outlook.missed += ticks

    # -- failing

    async def _failed(self, error: Exception) -> None:
        if isinstance(error, STORE_AWAY):
            log.warning(
                "core waits for a store", device=str(self.device.id), error=str(error)[:300]
            )
            return
        failure = _failure(error)
        self.outlook.reason = failure.detail if failure else "The poller met an internal error."
        self.outlook.line.failed(self.outlook.reason)
        metrics.CONNECTION_ERRORS.labels(failure.code.value if failure else "internal").inc()
        if failure is None:
            log.error("poller failed", device=str(self.device.id), exc_info=error)
            return
        self._retry.failed += 1
        if self._retry.failed == 1:
            log.warning("core away", device=str(self.device.id), why=failure.detail)
        if failure.code in SILENCE:
            self._breaker_closed = False
            await asyncio.to_thread(breaker.polled, self.device.id, ok=False)


def _failure(error: Exception) -> Failure | None:
    if isinstance(error, Failure):
        return error
    return failure_of(error, changing=False) if isinstance(error, ERRORS) else None


def _rule_of(plan: Plan, path: Path) -> list[tuple[Path, Rule]]:
    return [(path, group.members[path]) for group in plan.groups if path in group.members]


async def _until_first_ends(*works: Coroutine[Any, Any, None]) -> None:
    """Run all until one fails; the others are cancelled and its error raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for one in ended:
        if isinstance(one, Exception) and not isinstance(one, asyncio.CancelledError):
            raise one
