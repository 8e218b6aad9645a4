"""Pages go through the documented states, compete for zones, and are followed by pushes."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator

import pytest

from apps.qsys.client import (
    PageMode,
    PageRequest,
    PageStatus,
    Paging,
    QsysRejected,
    QsysSession,
    ZoneStatus,
)
from apps.qsys.client.paging import ENDINGS, NEXT, PAGE_PUSH, ZONE_PUSH, PageState
from apps.qsys.simulator import CoreHost
from tests.support.qsys import FACES, connected, until


class Heard:
    """What the Core pushed about pages and zones."""

    def __init__(self) -> None:
        self.pages: list[PageStatus] = []
        self.zones: list[ZoneStatus] = []

    def of(self, page: int) -> list[str]:
        """The states of one page, in order, as `state/sub-state`."""
        return [f"{one.state}/{one.sub_state}" for one in self.pages if one.page_id == page]

    def ended(self, page: int) -> bool:
        return any(one.page_id == page and one.state == "done" for one in self.pages)

    def busy(self) -> set[int]:
        """Zones whose last push said busy."""
        return {z for z, active in {one.zone: one.active for one in self.zones}.items() if active}


@contextlib.asynccontextmanager
async def listening(
    face: str = "qrc",
) -> AsyncIterator[tuple[CoreHost, QsysSession, Paging, Heard]]:
    heard = Heard()
    async with connected(face) as (host, session):
        pace = host.core.paging.pace
        pace.preamble = pace.message = pace.playback = 0.01
        session.listen(PAGE_PUSH, PageStatus, heard.pages.append)
        session.listen(ZONE_PUSH, ZoneStatus, heard.zones.append)
        yield host, session, Paging(session), heard


def live(*zones: int | str, priority: int = 3, **more: object) -> PageRequest:
    return PageRequest(PageMode.LIVE, zones, station="Desk", priority=priority, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("face", FACES)
async def test_a_message_plays_to_its_end(face: str) -> None:
    async with listening(face) as (_, _, paging, heard):
        page = await paging.submit(
            PageRequest(PageMode.MESSAGE, (1, 2), message="Chime.wav", preamble="Chime.wav")
        )
        await until(lambda: heard.ended(page))
        assert heard.of(page) == [
            "ready/immediate", "wait/preamble", "output/output", "done/success",
        ]  # fmt: skip


async def test_a_live_page_lasts_until_it_is_stopped() -> None:
    async with listening() as (_, _, paging, heard):
        page = await paging.submit(live("Zone 3"))
        await until(lambda: heard.of(page)[-1:] == ["input/live"])
        await paging.stop(page)
        await until(lambda: heard.of(page)[-1] == "done/success")


async def test_a_delayed_page_is_recorded_first_and_then_goes_out() -> None:
    async with listening() as (_, _, paging, heard):
        page = await paging.submit(PageRequest(PageMode.DELAY, (1,), station="Desk"))
        await until(lambda: heard.of(page)[-1:] == ["input/record"])
        await paging.stop(page)
        await until(lambda: heard.ended(page))
        assert heard.of(page)[-2:] == ["output/output", "done/success"]


async def test_a_page_may_wait_for_its_start_or_be_dropped() -> None:
    async with listening() as (_, _, paging, heard):
        waiting = await paging.submit(live(1, start=False))
        dropped = await paging.submit(live(2, start=False))
        await paging.cancel(dropped)
        await until(lambda: heard.of(dropped) == ["ready/immediate", "done/cancel"])
        assert heard.of(waiting) == ["ready/immediate"]
        await paging.start(waiting)
        await until(lambda: heard.of(waiting)[-1] == "input/live")


async def test_a_higher_priority_takes_the_zone() -> None:
    async with listening() as (_, _, paging, heard):
        low = await paging.submit(live(1, priority=3))
        high = await paging.submit(live(1, priority=1))
        await until(lambda: heard.of(high)[-1:] == ["input/live"])
        assert heard.of(low)[-1] == "done/interrupt"


async def test_the_same_priority_queues_and_follows() -> None:
    async with listening() as (_, _, paging, heard):
        first = await paging.submit(live(1))
        second = await paging.submit(live(1))
        await until(lambda: heard.of(second)[-1:] == ["ready/queued"])
        await paging.stop(first)
        await until(lambda: heard.of(second)[-1] == "input/live")


async def test_who_will_not_queue_fails_and_who_queues_too_long_times_out() -> None:
    async with listening() as (_, _, paging, heard):
        await paging.submit(live(1))
        proud = await paging.submit(live(1, queue_timeout=-1))
        await until(lambda: heard.of(proud)[-1:] == ["done/fail"])
        patient = await paging.submit(live(1, queue_timeout=1))
        await until(lambda: heard.of(patient)[-1:] == ["done/timeout"])


async def test_a_page_has_a_longest_time() -> None:
    async with listening() as (_, _, paging, heard):
        page = await paging.submit(live(1, max_page_time=1))
        await until(lambda: heard.of(page)[-1:] == ["done/timeout"])


async def test_zones_are_told_before_the_answer_and_at_each_change() -> None:
    async with listening() as (_, _, paging, heard):
        await paging.watch_zones()
        assert [(one.zone, one.active) for one in heard.zones] == [(n, False) for n in range(1, 7)]
        page = await paging.submit(live(2, 4, priority=2))
        await until(lambda: heard.busy() == {2, 4})
        busy = next(one for one in heard.zones if one.active)
        assert (busy.page_id, busy.priority_name, busy.station) == (page, "High", "Desk")
        await paging.stop(page)
        await until(lambda: heard.busy() == set())


async def test_a_zone_that_is_busy_lights_up_in_the_design() -> None:
    async with listening() as (_, session, paging, heard):
        page = await paging.submit(live(5))
        await until(lambda: heard.of(page)[-1:] == ["input/live"])
        light = (await session.component_get("House Paging", ["zone.5.active"]))[0]
        assert light.value is True


async def test_the_configuration_lists_priorities_tags_and_zones() -> None:
    async with listening() as (_, _, paging, _):
        config = await paging.config()
        assert next(one.name for one in config.priorities) == "Emergency"
        assert [one.index for one in config.zones] == [1, 2, 3, 4, 5, 6]
        assert config.tags[0].name in config.zones[0].tags


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (live(77), 1),
        (live("Roof"), 1),
        (live(1, priority=9), 1),
        (PageRequest(PageMode.MESSAGE, (1,), message="Nothing.wav"), 4),
    ],
)
async def test_what_the_core_cannot_page_is_rejected(page: PageRequest, code: int) -> None:
    async with listening() as (host, _, paging, _):
        with pytest.raises(QsysRejected) as caught:
            await paging.submit(page)
        assert caught.value.code == code
        assert host.core.paging.pages == {}


async def test_a_page_that_is_over_cannot_be_steered() -> None:
    async with listening() as (_, _, paging, _):
        page = await paging.submit(live(1))
        await paging.stop(page)
        with pytest.raises(QsysRejected) as caught:
            await paging.cancel(page)
        assert caught.value.code == 2


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"mode": PageMode.LIVE, "station": "Desk"}, "needs zones"),
        ({"mode": PageMode.LIVE, "zones": (1,)}, "needs the station"),
        ({"mode": PageMode.MESSAGE, "zones": (1,)}, "needs the message"),
        ({"mode": PageMode.LIVE, "zones": (1,), "station": "D", "priority": 0}, "from 1"),
    ],
)
def test_what_no_core_could_page_is_refused_here(members: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        PageRequest(**members)  # type: ignore[arg-type]


def test_a_page_says_what_it_was_given_and_leaves_the_rest_to_the_design() -> None:
    assert live(1).params() == {
        "Mode": "live",
        "Zones": [1],
        "Priority": 3,
        "Station": "Desk",
        "Start": True,
        "QueueTimeout": 0,
        "MaxPageTime": 0,
    }
    given = {"archive": False, "split": True, "retry_count": 2, "originator": "Reception"}
    told = live(1, queue_timeout=-1, **given).params()
    assert told["QueueTimeout"] == -1
    assert {name: told[name] for name in ("Archive", "Split", "RetryCount", "Originator")} == {
        "Archive": False,
        "Split": True,
        "RetryCount": 2,
        "Originator": "Reception",
    }


async def test_a_remote_system_says_that_it_is_alive() -> None:
    async with listening() as (host, _, paging, _):
        await paging.feed_watchdog("Terminal 2")
        assert host.core.counts["PA.SourceWatchdog"] == 1


async def test_the_state_machine_holds_for_every_page_the_core_tells_of() -> None:
    async with listening() as (_, _, paging, heard):
        pages = [await paging.submit(live(zone, priority=p)) for zone in (1, 2) for p in (3, 2, 1)]
        pages.append(await paging.submit(PageRequest(PageMode.DELAY, (3,), station="Desk")))
        for page in pages:
            with contextlib.suppress(QsysRejected):
                await paging.stop(page)
        await until(lambda: all(heard.ended(page) for page in pages))
    for page in pages:
        told = [one for one in heard.pages if one.page_id == page]
        steps = [PageState(one.state) for one in told]
        assert all(after in NEXT[before] for before, after in itertools.pairwise(steps))
        assert told[-1].sub_state in ENDINGS
