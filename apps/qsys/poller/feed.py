"""One change group of one connection: pushed by the Core where it can, else polled on a grid."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from apps.kernel import clock
from apps.qsys.client import (
    UNKNOWN_CHANGE_GROUP,
    EngineStatus,
    Poll,
    QsysRejected,
    QsysSession,
    QsysUnreachable,
)
from apps.qsys.poller import topology
from apps.qsys.poller.grid import Grid
from apps.qsys.poller.gridpolls import GridPolls
from apps.qsys.poller.metronome import Metronome, on_raster
from apps.qsys.poller.plan import GroupPlan
from apps.qsys.poller.times import Times
from apps.qsys.telemetry import metrics

#: A group that the Core forgets so often in a row is not added again on this connection.
FORGOTTEN_MOST: Final = 3

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Pushing:
    """Whether a Core pushes change groups by itself (AutoPoll): so until it is seen not to."""

    works: bool = True


@dataclass(frozen=True, slots=True)
class Sink:
    """Where a feed's polls go. None of these waits.

    `take` gets each poll, and whether it tells everything; `missed` a number of ticks; `agree`
    looks at the engine status and raises when the connection must begin anew.
    """

    take: Callable[[Poll, bool], None]
    missed: Callable[[int], None]
    agree: Callable[[EngineStatus | None], None]


class Feed:
    """Feeds one group's changes into a sink for as long as the connection stands.

    A group with a period of at least `times.push` is left to AutoPoll, half as many messages.
    A Core that refuses it, or falls silent while it answers a poll, is polled instead.
    """

    def __init__(
        self,
        qrc: QsysSession,
        plan: GroupPlan,
        times: Times,
        pushing: Pushing,
        sink: Sink,
        metronome: Metronome,
    ) -> None:
        self._qrc = qrc
        self._metronome = metronome
        self._plan = plan
        self._group = qrc.group(plan.id)
        self._times = times
        self._pushing = pushing
        self._sink = sink
        self._period = 1 / plan.rate_hz
        self._forgotten = 0
        self._first = True
        # Of a group that is pushed:
        self._started = False
        self._early: list[Poll] = []
        self._heard_ns = 0
        self._heard = 0.0
        self._engine: EngineStatus | None = None
        self._look = asyncio.Event()

    async def run(self, phase: float) -> None:
        """Until the connection fails or must begin anew. `phase` (s) spreads the first polls."""
        await self._add()
        while self._pushing.works and self._period >= self._times.push:
            try:
                await self._be_pushed()
            except QsysRejected as error:
                await self._answered_no(error)
        begin = on_raster(clock.monotonic() + phase, self._period)
        await self._poll(Grid(self._period, begin))

    async def _add(self) -> None:
        refused = await topology.add_members(self._group, self._plan, timeout=self._times.topology)
        if refused:
            log.info("controls not watched", peer=self._qrc.peer, count=len(refused))

    async def _again(self, error: QsysRejected) -> None:
        """Add a group that the Core forgot, unless it does so again and again."""
        self._forgotten += 1
        if error.code != UNKNOWN_CHANGE_GROUP or self._forgotten > FORGOTTEN_MOST:
            raise error
        await self._add()

    # -- polled

    async def _poll(self, grid: Grid) -> None:
        while True:
            self._first = True
            polls = GridPolls(
                self._group, grid, self._metronome, self._polled, patience=self._times.answer
            )
            try:
                await polls.run()
            except QsysRejected as error:
                await self._again(error)

    def _polled(self, poll: Poll, missed: int) -> None:
        self._forgotten = 0
        self._sink.take(poll, self._first)
        self._first = False
        self._sink.missed(missed)
        self._sink.agree(self._qrc.engine)

    # -- pushed

    async def _be_pushed(self) -> None:
        """Take pushes until there are none any more; raises QsysRejected where AutoPoll is not."""
        self._first, self._started, self._heard_ns = True, False, 0
        try:
            state = await self._group.autopoll(
                self._period, self._pushed, timeout=self._times.answer
            )
        except QsysUnreachable as error:
            if not error.timed_out:
                raise
            await self._poll_instead()
            return
        self._take(state)
        self._started = True
        for poll in self._early:
            self._take(poll)
        self._early.clear()
        await self._until_silent()
        await self._ask_why()

    def _pushed(self, poll: Poll) -> None:
        """One push; those that overtake the answer to AutoPoll wait for it, as they are newer."""
        if not self._started:
            self._early.append(poll)
            return
        self._take(poll)
        if self._qrc.engine is not self._engine:
            self._look.set()

    def _take(self, poll: Poll) -> None:
        """A poll without changes does not count as the first: some firmware only acknowledges."""
        if self._heard_ns:
            late = (poll.received_ns - self._heard_ns) / 1e9 - self._period
            metrics.LAG.note(max(0.0, late))
            self._sink.missed(max(0, round(late / self._period)))
        self._heard_ns, self._heard = poll.received_ns, clock.monotonic()
        self._sink.take(poll, self._first)
        self._first = self._first and not poll.changes

    async def _until_silent(self) -> None:
        silence = 2 * self._period + self._times.answer
        while (left := self._heard + silence - clock.monotonic()) > 0:
            self._look.clear()
            self._engine = self._qrc.engine
            self._sink.agree(self._engine)
            try:
                await asyncio.wait_for(self._look.wait(), left)
            except TimeoutError:
                continue

    async def _ask_why(self) -> None:
        """The pushes ended: the group is forgotten, or the Core is gone, or it does not push."""
        try:
            await self._group.poll(timeout=self._times.answer)
        except QsysRejected as error:
            await self._again(error)
            return
        await self._poll_instead()

    async def _answered_no(self, error: QsysRejected) -> None:
        if error.code == UNKNOWN_CHANGE_GROUP:
            await self._again(error)
        elif error.standby:
            raise error
        else:
            self._pushing.works = False
            log.info("core does not push, it is polled", peer=self._qrc.peer, why=error.words)

    async def _poll_instead(self) -> None:
        """Begin the group anew, as a push that comes late would take changes from the polls."""
        self._pushing.works = False
        log.info("core pushes nothing, it is polled", peer=self._qrc.peer)
        try:
            await self._group.destroy(timeout=self._times.answer)
        except QsysRejected as error:
            if error.code != UNKNOWN_CHANGE_GROUP:
                raise
        await self._add()
